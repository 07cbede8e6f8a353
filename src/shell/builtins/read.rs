use super::super::state::{Ran, Shell};
use super::super::syntax::is_name;
use super::super::vars::Value;
use crate::process::Errno;
use std::time::Duration;

#[derive(Default)]
struct Options {
    raw: bool,
    array: Option<String>,
    prompt: Option<String>,
    delimiter: Option<u8>,
    count: Option<usize>,
    exact: bool,
    timeout: Option<f64>,
    fd: i32,
    silent: bool,
    names: Vec<String>,
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let options = match parse(&words) {
        Ok(options) => options,
        Err(message) => {
            if !shell.dialect.is_bash() {
                return shell.special_error(Some("read"), &message).await;
            }
            let usage = "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";
            return Ok(shell.misuse("read", Some(&message), usage).await);
        }
    };
    if let Some(bad) = options.names.iter().find(|n| !is_name(n.split('[').next().unwrap_or(""))) {
        let message =
            if shell.dialect.is_bash() { format!("`{bad}': not a valid identifier") } else { format!("{bad}: bad variable name") };
        return shell.special_error(Some("read"), &message).await;
    }
    if options.names.is_empty() && options.array.is_none() && shell.dialect.is_dash() {
        return shell.special_error(Some("read"), "arg count").await;
    }
    if let Some(prompt) = &options.prompt
        && shell.ctx.is_tty(options.fd)
    {
        shell.ctx.eprint(prompt).await;
    }
    let tty = shell.ctx.tty().filter(|_| options.silent || options.count.is_some());
    if let Some(tty) = &tty {
        tty.set_echo(!options.silent);
        tty.set_raw(options.count.is_some());
    }
    let reading = read_text(shell, &options);
    let result = match options.timeout {
        Some(seconds) => {
            let limit = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            shell.ctx.sim().timeout(limit, reading).await.unwrap_or(Ok((Vec::new(), false, true)))
        }
        None => reading.await,
    };
    if let Some(tty) = &tty {
        tty.set_echo(true);
        tty.set_raw(false);
    }
    let (text, ended, late) = match result {
        Ok(result) => result,
        Err(errno) => {
            shell.complain(Some("read"), &format!("read error: {}: {errno}", options.fd)).await;
            return Ok(1);
        }
    };
    shell.check_signals().await?;
    assign(shell, &options, text).await?;
    Ok(if late { 142 } else { i32::from(!ended) })
}

fn parse(words: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let Some(letters) = word.strip_prefix('-').filter(|l| !l.is_empty() && *l != "-") else {
            if word != "--" {
                options.names.push(word.clone());
            }
            options.names.extend(rest.cloned());
            break;
        };
        let mut chars = letters.chars();
        while let Some(letter) = chars.next() {
            match letter {
                'r' => options.raw = true,
                's' => options.silent = true,
                'e' => {}
                'a' | 'd' | 'i' | 'n' | 'N' | 'p' | 't' | 'u' => {
                    let value = match chars.as_str() {
                        "" => rest.next().cloned().ok_or_else(|| format!("-{letter}: option requires an argument"))?,
                        text => text.to_owned(),
                    };
                    let number = || value.parse::<usize>().map_err(|_| format!("{value}: invalid number"));
                    match letter {
                        'a' => options.array = Some(value),
                        'd' => options.delimiter = Some(value.bytes().next().unwrap_or(0)),
                        'n' => options.count = Some(number()?),
                        'N' => {
                            options.count = Some(number()?);
                            options.exact = true;
                        }
                        'p' => options.prompt = Some(value),
                        't' => options.timeout = Some(value.parse().map_err(|_| format!("{value}: invalid timeout specification"))?),
                        'u' => options.fd = value.parse().map_err(|_| format!("{value}: invalid file descriptor specification"))?,
                        _ => {}
                    }
                    break;
                }
                other => return Err(format!("-{other}: invalid option")),
            }
        }
    }
    Ok(options)
}

/// The bytes of the line with escape marks (a backslash stays before what it quotes), and whether its
/// delimiter came.
async fn read_text(shell: &Shell, options: &Options) -> Result<(Vec<u8>, bool, bool), Errno> {
    let delimiter = options.delimiter.unwrap_or(b'\n');
    let mut text = Vec::new();
    let mut escaped = false;
    loop {
        if options.count.is_some_and(|n| text.len() >= n) {
            return Ok((text, true, false));
        }
        let bytes = shell.ctx.read(options.fd, 1).await?;
        let Some(&byte) = bytes.first() else { return Ok((text, false, false)) };
        if escaped {
            escaped = false;
            if byte == b'\n' {
                text.pop();
            } else {
                text.push(byte);
            }
        } else if byte == b'\\' && !options.raw {
            escaped = true;
            text.push(byte);
        } else if byte == delimiter && !options.exact {
            return Ok((text, true, false));
        } else {
            text.push(byte);
        }
        if text.len() % 64 == 0 {
            shell.ctx.step().await;
        }
    }
}

async fn assign(shell: &mut Shell, options: &Options, bytes: Vec<u8>) -> Result<(), super::super::state::Flow> {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let ifs = shell.var("IFS").unwrap_or_else(|| " \t\n".into());
    if options.exact || (options.names.is_empty() && options.array.is_none()) {
        let value = unescape(&text, options.raw);
        let name = options.names.first().map_or("REPLY", String::as_str).to_owned();
        let _ = shell.set_var(&name, None, &value);
        return Ok(());
    }
    if let Some(array) = &options.array {
        let items = fields(&text, &ifs, options.raw, usize::MAX);
        shell.vars.get_mut(array).value = Value::Indexed(items.into_iter().enumerate().map(|(i, t)| (i as i64, t)).collect());
        return Ok(());
    }
    let values = fields(&text, &ifs, options.raw, options.names.len());
    for (i, name) in options.names.iter().enumerate() {
        let value = values.get(i).map_or("", String::as_str);
        if let Err(message) = shell.set_var(name, None, value) {
            return Err(shell.abandon(&message, 1).await);
        }
    }
    Ok(())
}

fn unescape(text: &str, raw: bool) -> String {
    if raw { text.to_owned() } else { super::super::pattern::unquote(text) }
}

/// Cuts a line into at most `limit` fields; the last one takes the rest.
fn fields(text: &str, ifs: &str, raw: bool, limit: usize) -> Vec<String> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n') && ifs.contains(c);
    let mut rest = text.trim_start_matches(blank);
    let mut out = Vec::new();
    while !rest.is_empty() && out.len() + 1 < limit {
        let mut chars = rest.char_indices();
        let mut field = String::new();
        let mut end = rest.len();
        let mut after = rest.len();
        while let Some((i, c)) = chars.next() {
            if c == '\\' && !raw {
                field.extend(chars.next().map(|(_, c)| c));
            } else if ifs.contains(c) {
                end = i;
                after = i + c.len_utf8();
                break;
            } else {
                field.push(c);
            }
        }
        let delimiter = rest.get(end..after).and_then(|s| s.chars().next());
        rest = rest.get(after..).unwrap_or("").trim_start_matches(blank);
        if delimiter.is_some_and(blank)
            && let Some(c) = rest.chars().next().filter(|c| ifs.contains(*c))
        {
            rest = rest.get(c.len_utf8()..).unwrap_or("").trim_start_matches(blank);
        }
        out.push(field);
    }
    if !rest.is_empty() {
        let mut last = rest.trim_end_matches(blank);
        // One field and its delimiter: the delimiter goes too.
        let inner = last.strip_suffix(|c: char| ifs.contains(c));
        if let Some(inner) = inner.filter(|inner| !inner.contains(|c: char| ifs.contains(c))) {
            last = inner;
        }
        out.push(unescape(last, raw));
    }
    out
}

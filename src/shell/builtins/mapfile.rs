use super::super::quote::quoted;
use super::super::state::{Ran, Shell};
use super::super::syntax::is_name;
use super::super::vars::Value;

const USAGE: &str = "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";
/// The callback is called after so many lines.
const QUANTUM_LINES: usize = 5000;

/// `mapfile` and `readarray`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let builtin = words.first().map_or("mapfile", String::as_str);
    let options = match shell.options(&words, "d:n:O:s:tu:C:c:", &USAGE.replace("mapfile", builtin)).await {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let mut numbers = [0; 5];
    for (number, (letter, what)) in numbers.iter_mut().zip([
        ('u', "file descriptor specification"),
        ('n', "line count"),
        ('s', "line count"),
        ('O', "array origin"),
        ('c', "callback quantum"),
    ]) {
        let Some(text) = options.value(letter) else { continue };
        let Ok(value) = text.parse::<u32>() else {
            shell.complain(Some(builtin), &format!("{text}: invalid {what}")).await;
            return Ok(1);
        };
        *number = value as usize;
    }
    let [fd, limit, mut skipped, origin, quantum] = numbers;
    if let Err(errno) = shell.ctx.file(fd as i32) {
        shell.complain(Some(builtin), &format!("{fd}: invalid file descriptor: {errno}")).await;
        return Ok(1);
    }
    let (limit, quantum) = (if limit == 0 { usize::MAX } else { limit }, if quantum == 0 { QUANTUM_LINES } else { quantum });
    let name = options.operands.first().map_or("MAPFILE", String::as_str);
    if !is_name(name) {
        shell.complain(Some(builtin), &format!("`{name}': not a valid identifier")).await;
        return Ok(1);
    }
    let end = options.value('d').map_or(b'\n', |delimiter| delimiter.bytes().next().unwrap_or(0));
    let mut items = match shell.vars.get(name).map(|var| var.value.clone()) {
        Some(Value::Indexed(items)) if options.has('O') => items,
        _ => Default::default(),
    };
    let mut count = 0;
    while count < limit {
        let mut line = shell.ctx.read_until(fd as i32, end).await.unwrap_or_default();
        if line.is_empty() {
            break;
        }
        shell.ctx.step().await;
        if skipped > 0 {
            skipped -= 1;
            continue;
        }
        if line.last() == Some(&end) && (options.has('t') || end == 0) {
            line.pop();
        }
        let (at, text) = (origin + count, String::from_utf8_lossy(&line).into_owned());
        count += 1;
        if let Some(callback) = options.value('C').filter(|_| count % quantum == 0) {
            let call = vec!["eval".into(), callback.to_owned(), at.to_string(), quoted(&text)];
            super::eval::run(shell, call).await?;
        }
        items.insert(at as i64, text);
    }
    shell.vars.get_mut(name).value = Value::Indexed(items);
    Ok(0)
}

use super::tool::{Tool, records, text};

/// `1,3-5,7-`: first and last, counted from 1.
fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    let mut out = Vec::new();
    for part in list.split([',', ' ']) {
        let number = |t: &str| t.parse::<usize>().ok().filter(|n| *n > 0);
        out.push(match part.split_once('-') {
            Some(("", "")) => return None,
            Some((a, b)) => (if a.is_empty() { 1 } else { number(a)? }, if b.is_empty() { usize::MAX } else { number(b)? }),
            None => (number(part)?, number(part)?),
        });
    }
    Some(out)
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("fields", 'f'),
        ("delimiter", 'd'),
        ("characters", 'c'),
        ("bytes", 'b'),
        ("only-delimited", 's'),
        ("output-delimiter", 'O'),
        ("complement", 'C'),
        ("zero-terminated", 'z'),
    ];
    let options = match t.options("f:d:c:b:snz|O:C", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let modes: Vec<&(char, String)> = options.given.iter().filter(|(l, _)| matches!(l, 'f' | 'c' | 'b')).collect();
    let Some((mode, list)) = modes.first().map(|(m, l)| (*m, l.as_str())) else {
        if t.busybox() {
            t.complain("expected a list of bytes, characters, or fields").await;
            return 1;
        }
        return t.misuse("you must specify a list of bytes, characters, or fields", 1).await;
    };
    if modes.len() > 1 {
        let message = if t.busybox() { "only one type of list may be specified" } else { "only one list may be specified" };
        return t.misuse(message, 1).await;
    }
    if mode != 'f' && !t.busybox() && (options.has('d') || options.has('s')) {
        let message = match options.has('d') {
            true => "an input delimiter may be specified only when operating on fields",
            false => "suppressing non-delimited lines makes sense\n\tonly when operating on fields",
        };
        return t.misuse(message, 1).await;
    }
    let Some(ranges) = ranges(list) else {
        return wrong_list(&t, mode, list).await;
    };
    if ranges.iter().any(|(from, to)| from > to) && !t.busybox() {
        return t.misuse("invalid decreasing range", 1).await;
    }
    let delimiter = options.value('d').unwrap_or("\t").to_owned();
    if delimiter.chars().count() > 1 {
        return t.misuse("the delimiter must be a single character", 1).await;
    }
    let joined = options.value('O').unwrap_or(if mode == 'f' { &delimiter } else { "" }).to_owned();
    let wanted = |n: usize| ranges.iter().any(|(a, b)| *a <= n && n <= *b) != options.has('C');
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let mut out: Vec<u8> = Vec::new();
    let end = if options.has('z') { 0 } else { b'\n' };
    for line in records(&bytes, end) {
        if mode == 'b' {
            out.extend(line.iter().enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, b)| *b));
        } else {
            let line = text(line);
            if mode == 'c' {
                out.extend(line.chars().enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, c)| c).collect::<String>().bytes());
            } else if !line.contains(&delimiter) {
                if options.has('s') {
                    continue;
                }
                out.extend(line.bytes());
            } else {
                let fields: Vec<&str> = line.split(&delimiter).enumerate().filter(|(i, _)| wanted(i + 1)).map(|(_, f)| f).collect();
                out.extend(fields.join(&joined).bytes());
            }
        }
        out.push(end);
    }
    t.out(out).await;
    status
}

/// Says what is wrong with the list of what to take.
async fn wrong_list(t: &Tool, mode: char, list: &str) -> i32 {
    if t.busybox() {
        t.complain(&format!("invalid number '{list}'")).await;
        return 1;
    }
    let (value, numbered) = match mode {
        'f' => ("field value", "fields are numbered from 1"),
        _ => ("byte/character position", "byte/character positions are numbered from 1"),
    };
    let message = match list.split([',', '-']).any(|p| p == "0") {
        _ if list.split(',').any(|p| p == "-") => format!("invalid range with no endpoint: {list}"),
        true => numbered.to_owned(),
        false => format!("invalid {value} {}", t.quote(list)),
    };
    t.misuse(&message, 1).await
}

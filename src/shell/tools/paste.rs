use std::rc::Rc;

use super::tool::{Tool, records, text};

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("d:sz", &[("delimiters", 'd'), ("serial", 's'), ("zero-terminated", 'z')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let delimiters = delimiters(options.value('d'));
    let between = |i: usize| delimiters.get(i % delimiters.len()).cloned().unwrap_or_default();
    let end = if options.has('z') { '\0' } else { '\n' };
    let lines = |bytes: &[u8]| records(bytes, end as u8).into_iter().map(text).collect::<Vec<String>>();
    let names = t.inputs(&options.operands);
    let mut stdin: Option<Rc<Vec<String>>> = None;
    let dashes = names.iter().filter(|n| *n == "-").count();
    let mut columns: Vec<Vec<String>> = Vec::new();
    let mut dash = 0;
    for name in &names {
        if name == "-" {
            let all = match &stdin {
                Some(all) => all.clone(),
                None => {
                    let bytes = t.read("-").await.unwrap_or_default();
                    let all: Rc<Vec<String>> = Rc::new(lines(&bytes));
                    stdin = Some(all.clone());
                    all
                }
            };
            columns.push(all.iter().skip(dash).step_by(dashes).cloned().collect());
            dash += 1;
            continue;
        }
        match t.read(name).await {
            Ok(bytes) => columns.push(lines(&bytes)),
            Err(errno) => {
                t.cannot_open(name, errno).await;
                return 1;
            }
        }
    }
    let mut out = String::new();
    if options.has('s') {
        for column in columns {
            for (i, line) in column.iter().enumerate() {
                if i > 0 {
                    out.push_str(&between(i - 1));
                }
                out.push_str(line);
            }
            out.push(end);
        }
    } else {
        for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    out.push_str(&between(i - 1));
                }
                out.push_str(column.get(row).map_or("", String::as_str));
            }
            out.push(end);
        }
    }
    i32::from(!t.out(out).await)
}

/// The list that `-d` gives; they are used in turn.
fn delimiters(given: Option<&str>) -> Vec<String> {
    match given {
        None => vec!["\t".into()],
        Some(text) => {
            let text = text.replace("\\t", "\t").replace("\\n", "\n").replace("\\0", "\0").replace("\\\\", "\\");
            if text.is_empty() {
                vec![String::new()]
            } else {
                text.chars().map(|c| if c == '\0' { String::new() } else { c.into() }).collect()
            }
        }
    }
}

use super::tool::{Tool, lines};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("number", 'n'),
        ("number-nonblank", 'b'),
        ("squeeze-blank", 's'),
        ("show-all", 'A'),
        ("show-ends", 'E'),
        ("show-tabs", 'T'),
        ("show-nonprinting", 'v'),
    ];
    let options = match t.options("nbsAEeTtvu", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let plain = options.given.iter().all(|(l, _)| *l == 'u');
    let mut status = 0;
    let mut number = 0;
    let mut blank_before = false;
    for name in t.inputs(&options.operands) {
        let file = match t.open(&name) {
            Ok(file) => file,
            Err(errno) => {
                t.cannot_open(&name, errno).await;
                status = 1;
                continue;
            }
        };
        if file.file_type() == crate::process::FileType::Directory {
            t.cannot_open(&name, crate::process::Errno::EISDIR).await;
            status = 1;
            continue;
        }
        if plain {
            loop {
                match t.chunk(&file).await {
                    Ok(bytes) if bytes.is_empty() => break,
                    Ok(bytes) => {
                        if !t.out(bytes).await {
                            return 1;
                        }
                    }
                    Err(errno) => {
                        t.cannot_open(&name, errno).await;
                        status = 1;
                        break;
                    }
                }
            }
            continue;
        }
        let bytes = t.read_all(&file).await.unwrap_or_default();
        let all = lines(&bytes);
        let mut out = Vec::new();
        for (i, line) in all.iter().enumerate() {
            if options.has('s') && line.is_empty() && blank_before {
                continue;
            }
            blank_before = line.is_empty();
            if (options.has('n') && !options.has('b')) || (options.has('b') && !line.is_empty()) {
                number += 1;
                out.extend(format!("{number:>6}\t").bytes());
            }
            show(line, &options, &mut out);
            let last = i + 1 == all.len() && !bytes.ends_with(b"\n");
            if !last {
                if options.has('E') || options.has('e') || options.has('A') {
                    out.push(b'$');
                }
                out.push(b'\n');
            }
        }
        if !t.out(out).await {
            return 1;
        }
    }
    status
}

fn show(line: &[u8], options: &super::options::Options, out: &mut Vec<u8>) {
    let tabs = ['T', 't', 'A'].iter().any(|l| options.has(*l));
    let hidden = ['v', 'e', 't', 'A'].iter().any(|l| options.has(*l));
    for &byte in line {
        match byte {
            b'\t' if tabs => out.extend(b"^I"),
            b'\t' => out.push(b'\t'),
            byte if !hidden => out.push(byte),
            byte => {
                let low = byte & 0x7f;
                if byte >= 0x80 {
                    out.extend(b"M-");
                }
                match low {
                    0x7f => out.extend(b"^?"),
                    0..=31 => out.extend([b'^', low ^ 0x40]),
                    low => out.push(low),
                }
            }
        }
    }
}

//! `md5sum`, `sha1sum`, `sha256sum`.

use super::options::Options;
use super::tool::{Tool, lines, text};
use crate::process::hash::{md5, sha1, sha256};

pub(super) async fn run(t: Tool) -> i32 {
    let digest: fn(&[u8]) -> String = match t.name {
        "md5sum" => md5,
        "sha1sum" => sha1,
        _ => sha256,
    };
    let short = if t.busybox() { "cswbt" } else { "cwbtz|sqSgI" };
    let options = match t.options(short, LONG, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some((name, _)) = LONG.iter().find(|(_, letter)| "sqwSI".contains(*letter) && options.has(*letter) && !options.has('c')) {
        return t.misuse(&format!("the --{name} option is meaningful only when verifying checksums"), 1).await;
    }
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        let bytes = match t.read(&name).await {
            Ok(_) if name != "-" && t.is_dir(&name) => Err(crate::process::Errno::EISDIR),
            result => result,
        };
        match bytes {
            Ok(bytes) if options.has('c') => status |= i32::from(!check(&t, &options, digest, &name, &bytes).await),
            Ok(bytes) => {
                let (sum, end) = (digest(&bytes), if options.has('z') { '\0' } else { '\n' });
                let mark = if options.has('b') && !t.busybox() { '*' } else { ' ' };
                let line = match options.has('g') {
                    true => format!("{} ({name}) = {sum}{end}", algorithm(&t)),
                    false => format!("{sum} {mark}{name}{end}"),
                };
                t.out(line).await;
            }
            Err(errno) => {
                t.cannot_open(&name, errno).await;
                status = 1;
            }
        }
    }
    status
}

/// The letters after `b` are no options by themselves.
const LONG: &[(&str, char)] = &[
    ("check", 'c'),
    ("text", 't'),
    ("zero", 'z'),
    ("warn", 'w'),
    ("binary", 'b'),
    ("quiet", 'q'),
    ("status", 's'),
    ("strict", 'S'),
    ("ignore-missing", 'I'),
    ("tag", 'g'),
];

/// `SHA256`
fn algorithm(t: &Tool) -> String {
    t.name.trim_end_matches("sum").to_uppercase()
}

/// What `-c` found in a list.
#[derive(Default)]
struct Checked {
    good: usize,
    misformatted: usize,
    unreadable: usize,
    mismatched: usize,
}

/// The sum and the file that a line of a list names: `sum  file`, `sum *file`, `SHA256 (file) = sum`.
fn listed<'a>(line: &'a str, algorithm: &str, digits: usize) -> Option<(&'a str, &'a str)> {
    let tagged = line.strip_prefix(algorithm).and_then(|rest| rest.strip_prefix(" (")).and_then(|rest| rest.rsplit_once(") = "));
    let (sum, file) = tagged.map(|(file, sum)| (sum, file)).or(line.split_once("  ")).or(line.split_once(" *"))?;
    (sum.len() == digits && sum.bytes().all(|b| b.is_ascii_hexdigit())).then_some((sum, file))
}

/// `-c`: whether all that a list names is as it says.
async fn check(t: &Tool, options: &Options, digest: fn(&[u8]) -> String, list: &str, bytes: &[u8]) -> bool {
    let algorithm = algorithm(t);
    let mut checked = Checked::default();
    for (i, line) in lines(bytes).into_iter().map(text).enumerate() {
        let Some((sum, file)) = listed(&line, &algorithm, digest(b"").len()) else {
            checked.misformatted += 1;
            match (options.has('w'), t.busybox()) {
                (false, _) => {}
                (_, true) => t.complain("invalid format").await,
                _ => t.complain(&format!("{list}: {}: improperly formatted {algorithm} checksum line", i + 1)).await,
            }
            continue;
        };
        let result = match t.read(file).await {
            Ok(bytes) if digest(&bytes) == sum.to_lowercase() => {
                checked.good += 1;
                if options.has('q') {
                    continue;
                }
                "OK"
            }
            Ok(_) => {
                checked.mismatched += 1;
                "FAILED"
            }
            Err(crate::process::Errno::ENOENT) if options.has('I') => continue,
            Err(errno) => {
                checked.unreadable += 1;
                t.cannot_open(file, errno).await;
                if t.busybox() { "FAILED" } else { "FAILED open or read" }
            }
        };
        if !options.has('s') {
            t.out(format!("{file}: {result}\n")).await;
        }
    }
    checked.tell(t, options, list).await
}

impl Checked {
    /// Warns of what is wrong; whether nothing is.
    async fn tell(&self, t: &Tool, options: &Options, list: &str) -> bool {
        let (misformatted, unreadable, mismatched) = (self.misformatted, self.unreadable, self.mismatched);
        let read = self.good + unreadable + mismatched;
        if t.busybox() {
            let (failed, all) = (misformatted + unreadable + mismatched, read + misformatted);
            if failed > 0 && !options.has('s') {
                t.complain(&format!("WARNING: {failed} of {all} computed checksums did NOT match")).await;
            }
            return failed == 0;
        }
        let shown = if list == "-" { "'standard input'" } else { list };
        if read == 0 && !options.has('I') {
            t.complain(&format!("{shown}: no properly formatted checksum lines found")).await;
            return false;
        }
        for (count, one, more) in [
            (misformatted, "line is improperly formatted", "lines are improperly formatted"),
            (unreadable, "listed file could not be read", "listed files could not be read"),
            (mismatched, "computed checksum did NOT match", "computed checksums did NOT match"),
        ] {
            if count > 0 && !options.has('s') {
                t.complain(&format!("WARNING: {count} {}", if count == 1 { one } else { more })).await;
            }
        }
        if read == 0 {
            t.complain(&format!("{shown}: no file was verified")).await;
        }
        read > 0 && unreadable == 0 && mismatched == 0 && !(options.has('S') && misformatted > 0)
    }
}

use super::super::regex::{Regex, Syntax};
use super::options::Options;
use super::tool::{Tool, lines};

/// Where a piece ends.
enum Cut {
    /// Before this line.
    Line(usize),
    /// Before the next line that matches, and so many behind it; whether the piece is written.
    Match(Regex, i64, bool, String),
}

/// A pattern and how often it is repeated (`None`: as often as there is something).
fn cut(word: &str) -> Option<Cut> {
    if let Ok(line) = word.parse() {
        return Some(Cut::Line(line));
    }
    let mark = word.chars().next().filter(|c| matches!(c, '/' | '%'))?;
    let (pattern, offset) = word.get(1..)?.rsplit_once(mark)?;
    let regex = Regex::new(pattern, Syntax::Basic, false).ok()?;
    let offset = if offset.is_empty() { 0 } else { offset.trim_start_matches('+').parse().ok()? };
    Some(Cut::Match(regex, offset, mark == '/', word.to_owned()))
}

struct Pieces<'a> {
    t: &'a Tool,
    options: &'a Options,
    /// Digits of a name, at least.
    digits: usize,
    made: Vec<String>,
}

impl Pieces<'_> {
    async fn write(&mut self, piece: &[&[u8]]) {
        let bytes: Vec<u8> = piece.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
        if bytes.is_empty() && self.options.has('z') {
            return;
        }
        let name = format!("{}{:0digits$}", self.options.value('f').unwrap_or("xx"), self.made.len(), digits = self.digits);
        if let Ok(file) = self.t.create(&name, false) {
            let _ = self.t.write_to(&file, &bytes).await;
        }
        self.made.push(name);
        if !self.options.has('s') {
            self.t.out(format!("{}\n", bytes.len())).await;
        }
    }

    /// What was made goes again when something is wrong, unless `-k`.
    async fn fail(&self, message: &str) -> i32 {
        self.t.complain(message).await;
        for name in self.made.iter().filter(|_| !self.options.has('k')) {
            let _ = self.t.vfs().remove_file(&self.t.path(name), self.t.ctx.now(), self.t.who());
        }
        1
    }
}

/// `csplit FILE PATTERN...`
pub(super) async fn run(t: Tool) -> i32 {
    let long = [("prefix", 'f'), ("digits", 'n'), ("quiet", 's'), ("silent", 's'), ("keep-files", 'k'), ("elide-empty-files", 'z')];
    let options = match t.options("f:n:skzq", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some((file, patterns)) = options.operands.split_first() else { return t.misuse("missing operand", 1).await };
    if patterns.is_empty() {
        return t.misuse(&format!("missing operand after {}", t.quote(file)), 1).await;
    }
    let bytes = match t.read(file).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            t.cannot_open(file, errno).await;
            return 1;
        }
    };
    let all = lines(&bytes);
    let digits = match t.number(options.value('n'), 2, "invalid number").await {
        Ok(digits) => usize::min(digits, 20),
        Err(status) => return status,
    };
    let mut pieces = Pieces { t: &t, options: &options, digits, made: Vec::new() };
    let (mut at, mut searched) = (0, 0);
    let mut words = patterns.iter().peekable();
    while let Some(word) = words.next() {
        let Some(cut) = cut(word) else { return pieces.fail(&format!("{}: invalid pattern", t.quote(word))).await };
        if matches!(cut, Cut::Line(0)) {
            return pieces.fail(&format!("{word}: line number must be greater than zero")).await;
        }
        let repeat = words.next_if(|next| next.starts_with('{')).map(|next| next.trim_matches(['{', '}']));
        let times = repeat.map_or(Some(0), |n| n.parse::<usize>().ok());
        let mut done = 0;
        while times.is_none_or(|times| done <= times) {
            t.ctx.step().await;
            let (end, kept) = match &cut {
                Cut::Line(line) => {
                    let end = line.saturating_mul(done + 1).saturating_sub(1);
                    if end > all.len() || end < at {
                        if times.is_none() {
                            break;
                        }
                        pieces.write(all.get(at..).unwrap_or(&[])).await;
                        let repeated = if done > 0 { format!(" on repetition {done}") } else { String::new() };
                        return pieces.fail(&format!("{}: line number out of range{repeated}", t.quote(word))).await;
                    }
                    (end, true)
                }
                Cut::Match(regex, offset, kept, word) => {
                    let from = (at + usize::from(done > 0 || at > 0)).max(searched);
                    let hit = (from..all.len()).find(|i| {
                        let line: Vec<char> = all.get(*i).map(|l| String::from_utf8_lossy(l).chars().collect()).unwrap_or_default();
                        regex.find_at(&line, 0).is_some()
                    });
                    let Some(hit) = hit else {
                        if times.is_none() {
                            break;
                        }
                        if *kept {
                            pieces.write(all.get(at..).unwrap_or(&[])).await;
                        }
                        return pieces.fail(&format!("{}: match not found", t.quote(word))).await;
                    };
                    searched = hit + 1;
                    ((hit as i64 + offset).clamp(at as i64, all.len() as i64) as usize, *kept)
                }
            };
            if kept {
                pieces.write(all.get(at..end).unwrap_or(&[])).await;
            }
            at = end;
            done += 1;
        }
    }
    pieces.write(all.get(at..).unwrap_or(&[])).await;
    0
}

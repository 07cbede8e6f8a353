//! History expansion: `!!`, `!$`, `!n`, `!name`, `^old^new`. Models readline's `history_expand`.

/// What a typed line becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expanded {
    /// It stays as it was.
    Same,
    /// It is this instead.
    New(String),
    /// It is only shown (`:p`).
    Shown(String),
}

/// Replaces the events of a line. The error is the sentence after `bash: `.
pub(super) fn expand(line: &str, history: &[String]) -> Result<Expanded, String> {
    if let Some(rest) = line.strip_prefix('^') {
        return quick_substitution(rest, history);
    }
    if !line.contains('!') {
        return Ok(Expanded::Same);
    }
    let chars: Vec<char> = line.chars().collect();
    let (mut out, mut at, mut quoted, mut changed, mut shown) = (String::new(), 0, false, false, false);
    while let Some(&c) = chars.get(at) {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.get(at + 1));
                at += 2;
            }
            '\'' if !quoted => {
                let end = chars.iter().skip(at + 1).position(|c| *c == '\'').map_or(chars.len(), |len| at + len + 2);
                out.extend(chars.get(at..end).unwrap_or_default());
                at = end;
            }
            '!' if !is_plain(&chars, at, quoted) => {
                let mut event = Event { chars: &chars, at: at + 1, quoted, line: &out, history, shown: false };
                let text = event.read(at)?;
                at = event.at;
                shown |= event.shown;
                out.push_str(&text);
                changed = true;
            }
            c => {
                quoted ^= c == '"';
                out.push(c);
                at += 1;
            }
        }
    }
    Ok(match (changed, shown) {
        (false, _) => Expanded::Same,
        (true, true) => Expanded::Shown(out),
        (true, false) => Expanded::New(out),
    })
}

/// Whether the `!` here is an ordinary character.
fn is_plain(chars: &[char], at: usize, quoted: bool) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| chars.get(at)).copied();
    let later = |wanted: char| chars.iter().skip(at + 1).any(|c| *c == wanted);
    match chars.get(at + 1) {
        None | Some(' ' | '\t' | '\n' | '=') => true,
        Some('"') if quoted => true,
        _ => {
            before(1) == Some('$')
                || (before(1) == Some('[') && later(']'))
                || (before(1) == Some('{') && before(2) == Some('$') && later('}'))
        }
    }
}

fn quick_substitution(rest: &str, history: &[String]) -> Result<Expanded, String> {
    let mut parts = rest.splitn(3, '^');
    let (old, new) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let last = history.last().map(String::as_str).unwrap_or_default();
    if old.is_empty() || !last.contains(old) {
        return Err(format!(":s^{}: substitution failed", rest.trim_end_matches('\n')));
    }
    Ok(Expanded::New(last.replacen(old, new, 1) + parts.next().unwrap_or_default()))
}

/// An event that is read.
struct Event<'a> {
    chars: &'a [char],
    at: usize,
    quoted: bool,
    /// The line before the event, which `!#` is.
    line: &'a str,
    history: &'a [String],
    shown: bool,
}

impl Event<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars.get(start..self.at)?.iter().collect::<String>().parse().ok()
    }

    /// The whole event, which began with the `!` at `start`.
    fn read(&mut self, start: usize) -> Result<String, String> {
        let found = self.event();
        let text = |event: &Self| event.chars.get(start..event.at).unwrap_or_default().iter().collect::<String>();
        let Some(command) = found else { return Err(format!("{}: event not found", text(self))) };
        let designator = self.at;
        let words = words(&command);
        let result = match self.words(&words) {
            Ok(result) => result.unwrap_or(command),
            Err(()) => {
                let bad: String = self.chars.get(designator..self.at).unwrap_or_default().iter().collect();
                return Err(format!("{bad}: bad word specifier"));
            }
        };
        self.modifiers(result)
    }

    fn event(&mut self) -> Option<String> {
        let last = || self.history.last().cloned();
        match self.peek()? {
            '!' => {
                self.at += 1;
                self.history.last().cloned()
            }
            '#' => {
                self.at += 1;
                Some(self.line.to_owned())
            }
            '$' | '^' | '*' | ':' => last(),
            '-' if self.chars.get(self.at + 1).is_some_and(char::is_ascii_digit) => {
                self.at += 1;
                let back = self.number()?;
                self.history.get(self.history.len().checked_sub(back)?).cloned()
            }
            c if c.is_ascii_digit() => {
                let number = self.number()?;
                self.history.get(number.checked_sub(1)?).cloned()
            }
            '?' => {
                self.at += 1;
                let wanted = self.take_while(|c| c != '?' && c != '\n');
                self.at += usize::from(self.peek() == Some('?'));
                self.history.iter().rev().find(|line| line.contains(&wanted)).cloned()
            }
            _ => {
                let quoted = self.quoted;
                let wanted = self.take_while(|c| !(c.is_whitespace() || ":;&()|<>".contains(c) || quoted && c == '"'));
                self.history.iter().rev().find(|line| line.starts_with(&wanted)).cloned()
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            out.push(c);
            self.at += 1;
        }
        out
    }

    /// A word designator; `None`: there is none.
    fn words(&mut self, words: &[String]) -> Result<Option<String>, ()> {
        let colon = self.peek() == Some(':');
        let first = if colon { self.chars.get(self.at + 1).copied() } else { self.peek() };
        match first {
            Some('^' | '$' | '*' | '-' | '%') => {}
            Some(c) if colon && c.is_ascii_digit() => {}
            _ => return Ok(None),
        }
        self.at += usize::from(colon);
        let last = words.len().saturating_sub(1);
        let from = match self.peek() {
            Some('*') => {
                self.at += 1;
                return Ok(Some(words.get(1..).unwrap_or_default().join(" ")));
            }
            Some('^') => {
                self.at += 1;
                1
            }
            Some('$' | '%') => {
                self.at += 1;
                last
            }
            Some('-') => 0,
            _ => self.number().ok_or(())?,
        };
        let to = match self.peek() {
            Some('*') => {
                self.at += 1;
                last
            }
            Some('-') => {
                self.at += 1;
                match self.peek() {
                    Some('$') => {
                        self.at += 1;
                        last
                    }
                    Some(c) if c.is_ascii_digit() => self.number().ok_or(())?,
                    _ => last.saturating_sub(1),
                }
            }
            _ => from,
        };
        words.get(from..=to).map(|words| Some(words.join(" "))).ok_or(())
    }

    fn modifiers(&mut self, mut text: String) -> Result<String, String> {
        while self.peek() == Some(':') {
            let Some(letter) = self.chars.get(self.at + 1).copied() else { break };
            let start = self.at;
            self.at += 2;
            let every = letter == 'g';
            let letter = if every { self.peek().inspect(|_| self.at += 1).unwrap_or('g') } else { letter };
            match letter {
                'h' => text = text.rsplit_once('/').map_or(text.clone(), |(head, _)| head.to_owned()),
                't' => text = text.rsplit('/').next().unwrap_or_default().to_owned(),
                'r' => text = text.rsplit_once('.').map_or(text.clone(), |(root, _)| root.to_owned()),
                'e' => text = text.rsplit_once('.').map_or(String::new(), |(_, end)| format!(".{end}")),
                'q' => text = format!("'{}'", text.replace('\'', "'\\''")),
                'p' => self.shown = true,
                's' => {
                    let Some(mark) = self.peek() else { break };
                    self.at += 1;
                    let old = self.take_while(|c| c != mark);
                    self.at += usize::from(self.peek() == Some(mark));
                    let new = self.take_while(|c| c != mark);
                    self.at += usize::from(self.peek() == Some(mark));
                    if !text.contains(&old) {
                        let bad: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
                        return Err(format!("{bad}: substitution failed"));
                    }
                    text = if every { text.replace(&old, &new) } else { text.replacen(&old, &new, 1) };
                }
                other => return Err(format!("{other}: unrecognized history modifier")),
            }
        }
        Ok(text)
    }
}

/// The words of a command: quotes hold them together, operators stand alone.
fn words(command: &str) -> Vec<String> {
    let (mut out, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) => {
                word.push(c);
                if c == open {
                    quote = None;
                }
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.push(c);
            }
            (None, '\\') => {
                word.push(c);
                word.extend(chars.next());
            }
            (None, ' ' | '\t' | '\n') => {
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            (None, ';' | '&' | '|' | '<' | '>' | '(' | ')') => {
                let operator = !word.is_empty() && word.chars().all(|w| ";&|<>()".contains(w));
                if !operator && !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
                word.push(c);
            }
            (None, c) => {
                if !word.is_empty() && word.chars().all(|w| ";&|<>()".contains(w)) {
                    out.push(std::mem::take(&mut word));
                }
                word.push(c);
            }
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// The lines of one command as the history keeps them: on one line.
pub(super) fn joined(text: &str) -> String {
    let text = text.trim_end_matches('\n');
    if text.contains("<<") {
        return text.to_owned();
    }
    let (mut out, mut quotes) = (String::new(), 0);
    for line in text.split('\n') {
        if !out.is_empty() {
            let open = quotes % 2 == 1;
            let last = out.trim_end();
            let word = last.rsplit([' ', ';', '\t']).next().unwrap_or_default();
            let goes_on = matches!(word, "do" | "then" | "else" | "{" | "in") || last.ends_with(['|', '&', '(', ';']);
            out.push_str(if open {
                "\n"
            } else if last.ends_with('\\') {
                ""
            } else if goes_on {
                " "
            } else {
                "; "
            });
        }
        quotes += line.matches(['\'', '"']).count();
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_what_was_typed() {
        let history: Vec<String> = ["ls -l /tmp", "kubectl get pods web -o yaml", "echo 'a b' c"].map(str::to_owned).to_vec();
        let same = |line: &str| assert_eq!(expand(line, &history), Ok(Expanded::Same), "{line}");
        for line in ["echo hi", "echo hi!", "[ ! -f x ]", "echo $!", "echo \"hi!\"", "echo 'x!y'", "echo [!a]*", "a != b", "echo \\!x"] {
            same(line);
        }
        for (line, expected) in [
            ("!!", "echo 'a b' c"),
            ("sudo !!", "sudo echo 'a b' c"),
            ("!1", "ls -l /tmp"),
            ("!-2", "kubectl get pods web -o yaml"),
            ("!ls", "ls -l /tmp"),
            ("echo !$", "echo c"),
            ("echo !^", "echo 'a b'"),
            ("echo !*", "echo 'a b' c"),
            ("echo !kubectl:2", "echo pods"),
            ("echo !kubectl:1-3", "echo get pods web"),
            ("!?pods?", "kubectl get pods web -o yaml"),
            ("!ls:s/tmp/etc/", "ls -l /etc"),
            ("^c^d", "edho 'a b' c"),
        ] {
            assert_eq!(expand(line, &history), Ok(Expanded::New(expected.into())), "{line}");
        }
        assert_eq!(expand("!nosuch", &history), Err("!nosuch: event not found".into()));
        assert_eq!(expand("echo !!:9", &history), Err(":9: bad word specifier".into()));
    }

    #[test]
    fn a_command_of_several_lines_is_kept_on_one() {
        assert_eq!(joined("for i in 1 2\ndo\necho $i\ndone\n"), "for i in 1 2; do echo $i; done");
        assert_eq!(joined("echo 'a\nb'"), "echo 'a\nb'");
    }
}

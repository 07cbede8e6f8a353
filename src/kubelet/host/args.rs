//! Options of crictl and docker, as Go's flag packages read them.

/// An option: names without dashes, and whether it takes a value.
pub(super) struct Opt(pub &'static str, pub &'static str, pub bool);

/// What was given.
#[derive(Default)]
pub(super) struct Given {
    pub options: Vec<(&'static str, String)>,
    pub operands: Vec<String>,
}

impl Given {
    pub fn on(&self, name: &str) -> bool {
        self.options.iter().any(|(n, value)| *n == name && value != "false")
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Reads `words`: options first, then operands; with `mixed`, options between operands too. The error is the option that
/// nobody knows or that lacks its value.
pub(super) fn parse(words: &[String], known: &[Opt], mixed: bool) -> Result<Given, String> {
    let mut given = Given::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" || (word == "-" || !word.starts_with('-')) && !mixed {
            given.operands.extend((word != "--").then(|| word.clone()));
            given.operands.extend(words.cloned());
            break;
        }
        if word == "-" || !word.starts_with('-') {
            given.operands.push(word.clone());
            continue;
        }
        let bare = word.trim_start_matches('-');
        let (name, value) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value.to_owned())));
        if let Some(Opt(long, _, takes)) = known.iter().find(|Opt(long, short, _)| *long == name || *short == name) {
            let value = match (value, takes) {
                (Some(value), _) => value,
                (None, false) => "true".to_owned(),
                (None, true) => words.next().cloned().ok_or_else(|| format!("flag needs an argument: {word}"))?,
            };
            given.options.push((long, value));
            continue;
        }
        cluster(word, known, &mut words, &mut given)?;
    }
    Ok(given)
}

/// `-it`, `-aq`, `-n5`: letters together.
fn cluster(word: &str, known: &[Opt], words: &mut std::slice::Iter<'_, String>, given: &mut Given) -> Result<(), String> {
    let unknown = || format!("flag provided but not defined: -{}", word.trim_start_matches('-'));
    if word.starts_with("--") {
        return Err(unknown());
    }
    let mut letters = word.chars().skip(1);
    while let Some(letter) = letters.next() {
        let found = known.iter().find(|Opt(_, short, _)| short.chars().eq([letter]));
        let Some(Opt(long, _, takes)) = found else { return Err(unknown()) };
        if !takes {
            given.options.push((long, "true".to_owned()));
            continue;
        }
        let rest: String = letters.collect();
        let value = if rest.is_empty() { words.next().cloned().ok_or_else(|| format!("flag needs an argument: -{letter}"))? } else { rest };
        given.options.push((long, value));
        break;
    }
    Ok(())
}

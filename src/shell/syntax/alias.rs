use std::collections::{BTreeMap, BTreeSet};

use super::super::dialect::Dialect;
use super::reader::Parser;

/// Aliases replace each other this often at most.
const ROUNDS: usize = 20;

/// `source` with the aliases among its command words replaced, as the shell does when it reads a line.
pub fn expand_aliases(source: &str, aliases: &BTreeMap<String, String>, dialect: Dialect) -> String {
    let mut text = source.to_owned();
    if aliases.is_empty() {
        return text;
    }
    // An alias is not replaced inside its own replacement: (start, end, name).
    let mut spans: Vec<(usize, usize, String)> = Vec::new();
    for _ in 0..ROUNDS {
        let words = {
            let mut parser = Parser::new(&text, 0, dialect, dialect.is_bash());
            while matches!(parser.complete_command(), Ok(true)) {}
            parser.command_words
        };
        let mut candidates: BTreeSet<(usize, usize)> = words.into_iter().collect();
        // `alias sudo='sudo '`: a replacement that ends in a blank lets the next word be replaced too.
        for (_, end, name) in &spans {
            if aliases.get(name).is_some_and(|v| v.ends_with([' ', '\t'])) {
                candidates.extend(next_word(&text, *end));
            }
        }
        let found = candidates.into_iter().find_map(|(start, end)| {
            let word = text.get(start..end)?;
            let value = aliases.get(word)?;
            let inside = spans.iter().any(|(s, e, name)| *s <= start && end <= *e && name == word);
            (!inside).then(|| (start, end, word.to_owned(), value.clone()))
        });
        let Some((start, end, name, value)) = found else { break };
        text.replace_range(start..end, &value);
        for span in &mut spans {
            if span.0 >= end {
                span.0 = span.0 - (end - start) + value.len();
            }
            if span.1 >= end {
                span.1 = span.1 - (end - start) + value.len();
            }
        }
        spans.push((start, start + value.len(), name));
    }
    text
}

fn next_word(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    let start = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let word = text.get(start..)?.split([' ', '\t', '\n', ';', '|', '&']).next()?;
    (!word.is_empty()).then_some((start, start + word.len()))
}

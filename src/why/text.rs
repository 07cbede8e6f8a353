//! A sentence in both languages of the page.

use serde_json::{Value, json};

/// A sentence in English and Korean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

impl Text {
    /// The sentence in Korean or in English.
    pub fn get(&self, korean: bool) -> &str {
        if korean { &self.ko } else { &self.en }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "en": self.en, "ko": self.ko })
    }
}

/// A sentence whose `{0}`, `{1}`, … are filled with the words given.
pub(super) fn say(en: &str, ko: &str, words: &[&str]) -> Text {
    Text { en: fill(en, words), ko: fill(ko, words) }
}

fn fill(template: &str, words: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let number = from.as_bytes().get(1).filter(|byte| byte.is_ascii_digit() && from.as_bytes().get(2) == Some(&b'}'));
        match number {
            Some(digit) => {
                out.push_str(words.get(usize::from(digit - b'0')).copied().unwrap_or_default());
                rest = from.get(3..).unwrap_or_default();
            }
            None => {
                out.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_other_braces_kept() {
        assert_eq!(fill("{1} of {0}: {x} {", &["a{0}", "b"]), "b of a{0}: {x} {");
    }
}

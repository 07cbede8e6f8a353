//! The page's words are complete in both languages. (The page itself is built for wasm only; its table of words is not.)
#[path = "../src/ui/i18n.rs"]
mod i18n;

#[path = "../src/ui/gloss.rs"]
mod gloss;

use i18n::{ALL, fill, fill_ordered};
use podground::session::Lang;

fn holes(text: &str) -> usize {
    text.matches("{}").count()
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_arguments() {
    for key in ALL {
        let (ko, en) = (key.text(Lang::Ko), key.text(Lang::En));
        assert!(!ko.trim().is_empty() && !en.trim().is_empty(), "{key:?} is empty");
        assert_eq!(holes(ko), holes(en), "{key:?} takes different arguments: {ko:?} {en:?}");
    }
}

#[test]
fn arguments_are_filled_in_order() {
    assert_eq!(fill("{} of {}", &["2", "3"]), "2 of 3");
    assert_eq!(fill("{} of {}", &["2"]), "2 of ");
    assert_eq!(fill_ordered("{} · {} {}", "0 2 1", &["a", "b", "c"]), "a · c b");
}

#[test]
fn every_gloss_is_found_by_its_word() {
    for word in gloss::words() {
        for lang in [Lang::Ko, Lang::En] {
            assert!(gloss::gloss(word, lang).is_some_and(|text| !text.is_empty()), "{word}");
        }
    }
    assert_eq!(gloss::gloss("nothing", Lang::Ko), None);
}

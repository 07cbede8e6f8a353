//! Reading commands: where one ends, whether it is whole, and what the shell says when it is not.
//!
//! The tree itself is brush-parser's. What stands here is what a parser of whole files does not give:
//! a command at a time, the continuation prompt, aliases, and each shell's own words for a mistake.

mod alias;
mod error;
mod lexer;
mod reader;

pub use alias::expand_aliases;
pub use error::{ErrorKind, SyntaxError};
pub use lexer::{is_name, skip_quoted};
pub use reader::{Reading, read_command};

use super::dialect::Dialect;
use brush_parser::{Parser, ParserOptions, ast};

/// Before the variable of a `for` loop that was a `select`, which brush-parser does not know.
pub const SELECT: &str = "__select_";

/// `source` with each `select NAME` as a marked `for NAME`.
fn without_selects(source: &str, dialect: Dialect) -> String {
    let mut text = source.to_owned();
    if !dialect.is_bash() || !source.contains("select") {
        return text;
    }
    let mut parser = reader::Parser::new(source, 0, dialect);
    while matches!(parser.complete_command(), Ok(true)) {}
    let mut places = parser.selects;
    places.sort_unstable();
    for word in places.into_iter().rev() {
        let after = word + "select".len();
        let blanks = source.get(after..).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', '\t']).len());
        text.insert_str(after + blanks, SELECT);
        text.replace_range(word..after, "for");
    }
    text
}

/// Brush's tree of `source`, which [`read_command`] has accepted.
pub fn parse(source: &str, dialect: Dialect, extglob: bool) -> Option<ast::Program> {
    let options =
        ParserOptions { enable_extended_globbing: extglob, posix_mode: false, sh_mode: dialect.is_dash(), ..ParserOptions::default() };
    let source = without_selects(source, dialect);
    Parser::new(source.as_bytes(), &options).parse_program().ok()
}

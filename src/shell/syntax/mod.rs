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

/// The descriptor that `{name}>` has for brush-parser, which does not know it; the name stands between two marks before
/// the target.
pub const NAMED_FD: i32 = 1_000_000_000;
/// No word that is typed begins with it.
pub const NAME_MARK: char = '\u{1}';

use super::dialect::Dialect;
use brush_parser::{Parser, ParserOptions, ast};

/// Before the variable of a `for` loop that was a `select`, which brush-parser does not know.
pub const SELECT: &str = "__select_";

/// Brush's tree of a text that [`read_command`] gave.
pub fn parse(text: &str, dialect: Dialect) -> Option<ast::Program> {
    let options =
        ParserOptions { enable_extended_globbing: true, posix_mode: false, sh_mode: dialect.is_dash(), ..ParserOptions::default() };
    Parser::new(text.as_bytes(), &options).parse_program().ok()
}

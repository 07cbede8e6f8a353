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

/// `source` with what brush-parser does not know written in words that it does: `select NAME` as a marked
/// `for NAME`, a loop's `{ … }` as `do … done`, `((;;))` with a blank.
fn as_brush_knows(source: &str, dialect: Dialect) -> String {
    let mut text = source.to_owned();
    if dialect.is_ash() || !(source.contains("select") || source.contains("for")) {
        return text;
    }
    let mut parser = reader::Parser::new(source, 0, dialect);
    parser.lexer.extglob = dialect.is_bash();
    while matches!(parser.complete_command(), Ok(true)) {}
    let mut rewrites = parser.rewrites;
    rewrites.sort_unstable();
    for (start, end, new) in rewrites.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

/// Brush's tree of `source`, which [`read_command`] has accepted.
pub fn parse(source: &str, dialect: Dialect, extglob: bool) -> Option<ast::Program> {
    let options =
        ParserOptions { enable_extended_globbing: extglob, posix_mode: false, sh_mode: dialect.is_dash(), ..ParserOptions::default() };
    let source = as_brush_knows(source, dialect);
    Parser::new(source.as_bytes(), &options).parse_program().ok()
}

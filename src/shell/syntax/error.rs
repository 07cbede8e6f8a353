use super::super::dialect::Dialect;

/// What is wrong with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A token where none like it can be: its text, and whether it is an ordinary word or a redirection.
    Unexpected { token: String, class: TokenClass },
    /// The text ends inside a command.
    EndOfFile,
    /// The text ends inside quotes, `${`, backquotes (what would close it).
    Unterminated(&'static str),
    /// The text ends inside `$(`.
    UnterminatedSubstitution,
    /// What is wrong inside `[[ … ]]`, in bash's words.
    Conditional(String),
}

/// How dash and busybox name a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenClass {
    /// Named by its text.
    Exact,
    /// Called `word`.
    Word,
    /// Called `redirection`.
    Redirection,
    /// Called `newline`.
    Newline,
}

/// A syntax error, before a shell has put it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// What should stand there, where only one thing could.
    pub expecting: Option<&'static str>,
    /// Byte offset of the offending token.
    pub offset: usize,
    /// Byte offset where an unterminated construct starts.
    pub opened: usize,
}

impl SyntaxError {
    /// Whether more lines could make it right.
    pub fn is_incomplete(&self) -> bool {
        !matches!(self.kind, ErrorKind::Unexpected { .. } | ErrorKind::Conditional(_))
    }

    /// The sentence after `bash: ` or `sh: N: `, without the line.
    pub fn message(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Bash => self.bash(),
            Dialect::Dash => self.dash(),
            Dialect::Ash => self.ash(),
        }
    }

    fn bash(&self) -> String {
        match &self.kind {
            ErrorKind::Unexpected { token, .. } => format!("syntax error near unexpected token `{token}'"),
            ErrorKind::EndOfFile => "syntax error: unexpected end of file".into(),
            ErrorKind::Unterminated(close) => format!("unexpected EOF while looking for matching `{close}'"),
            ErrorKind::Conditional(message) => message.clone(),
            ErrorKind::UnterminatedSubstitution => "unexpected EOF while looking for matching `)'".into(),
        }
    }

    fn name(&self) -> Option<String> {
        Some(match &self.kind {
            ErrorKind::Unexpected { token, class } => match class {
                TokenClass::Exact => format!("\"{token}\""),
                TokenClass::Word => "word".into(),
                TokenClass::Redirection => "redirection".into(),
                TokenClass::Newline => "newline".into(),
            },
            ErrorKind::EndOfFile | ErrorKind::UnterminatedSubstitution => "end of file".into(),
            ErrorKind::Unterminated(_) | ErrorKind::Conditional(_) => return None,
        })
    }

    fn expecting(&self) -> String {
        let expecting = match self.kind {
            ErrorKind::UnterminatedSubstitution => Some(")"),
            _ => self.expecting,
        };
        expecting.map_or(String::new(), |e| format!(" (expecting \"{e}\")"))
    }

    fn dash(&self) -> String {
        match self.name() {
            Some(name) => format!("Syntax error: {name} unexpected{}", self.expecting()),
            None => match self.kind {
                ErrorKind::Unterminated("}") => "Syntax error: Missing '}'".into(),
                ErrorKind::Unterminated("`") => "Syntax error: EOF in backquote substitution".into(),
                ErrorKind::Unterminated("))") => "Syntax error: Missing '))'".into(),
                ErrorKind::Conditional(ref message) => format!("Syntax error: {message}"),
                _ => "Syntax error: Unterminated quoted string".into(),
            },
        }
    }

    fn ash(&self) -> String {
        match self.name() {
            Some(name) => {
                let name = if name == "end of file" { "unexpected end of file".into() } else { format!("unexpected {name}") };
                format!("syntax error: {name}{}", self.expecting())
            }
            None => match self.kind {
                ErrorKind::Unterminated("}") => "syntax error: missing '}'".into(),
                ErrorKind::Unterminated("`") => "syntax error: EOF in backquote substitution".into(),
                ErrorKind::Unterminated("))") => "syntax error: missing '))'".into(),
                _ => "syntax error: unterminated quoted string".into(),
            },
        }
    }
}

//! Reading a filter: the grammar is jaq-core's, the messages are jq's.

use jaq_core::load::lex::{self, Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Expect, Parser, Pattern};
use jaq_core::ops::Math;
use jaq_core::path::Part;

use super::builtins;
use super::eval::{Def, Term};

/// Brackets in a filter nest this deep at most.
const NESTING_LIMIT: usize = 100;
/// So many signs may stand in a filter.
const SYMBOL_LIMIT: usize = 600;
const KEYWORDS: &[&str] = &[
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end", "reduce", "foreach", "try", "catch",
    "label", "__loc__",
];

/// A mistake: what, and at which byte.
struct Fault {
    what: String,
    at: usize,
}

/// Reads a filter. The error is everything that jq prints.
pub(super) fn parse(code: &str) -> Result<Term<'_>, String> {
    // An empty filter is the identity.
    let blank = code.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let code = if blank { "." } else { code };
    if nesting(code) > NESTING_LIMIT {
        return Err("jq: error: a filter nested this deep is not simulated in Podground\n".into());
    }
    let tokens = Lexer::new(code).lex().map_err(|errors| report(code, &[lexical(code, &errors)]))?;
    if symbols(&tokens) > SYMBOL_LIMIT {
        return Err("jq: error: a filter this long is not simulated in Podground\n".into());
    }
    let mut ifs = Vec::new();
    if let Some(faults) = without_else(code, &tokens, &mut ifs) {
        return Err(report(code, &faults));
    }
    let parsed = Parser::new(&tokens).parse(|p| p.term());
    parsed.map_err(|errors| {
        let fault = errors.iter().map(|(expected, found)| grammatical(code, expected, *found)).min_by_key(|fault| fault.at);
        let open = ifs.first().map(|(at, _)| unterminated_if(*at));
        report(code, &fault.into_iter().chain(open).collect::<Vec<_>>())
    })
}

fn unterminated_if(at: usize) -> Fault {
    Fault { what: "Possibly unterminated 'if' statement".into(), at }
}

/// Models jq 1.6: an `if` has an `else`. Leaves the ones that are open in `ifs`.
fn without_else(code: &str, tokens: &[Token<&str>], ifs: &mut Vec<(usize, bool)>) -> Option<Vec<Fault>> {
    for Token(text, kind) in tokens {
        match (kind, *text) {
            (Tok::Word, "if") => ifs.push((offset(code, text), false)),
            (Tok::Word, "else") => {
                if let Some(open) = ifs.last_mut() {
                    open.1 = true;
                }
            }
            (Tok::Word, "end") => {
                if let Some((at, false)) = ifs.pop() {
                    return Some(vec![unexpected("end", "", offset(code, text)), unterminated_if(at)]);
                }
            }
            (Tok::Block(inside), _) => {
                let mut own = Vec::new();
                if let Some(faults) = without_else(code, inside, &mut own) {
                    return Some(faults);
                }
            }
            _ => {}
        }
    }
    None
}

/// Definitions of our own.
pub(super) fn prelude(code: &'static str) -> Vec<Def<'static>> {
    let Ok(tokens) = Lexer::new(code).lex() else { return Vec::new() };
    Parser::new(&tokens).parse(|p| p.defs()).unwrap_or_default()
}

/// Operators and other signs: a chain of operators is a tree as deep.
fn symbols(tokens: &[Token<&str>]) -> usize {
    let of = |token: &Token<&str>| match &token.1 {
        Tok::Block(inside) => symbols(inside),
        Tok::Sym => 1,
        _ => 0,
    };
    tokens.iter().map(of).sum()
}

fn nesting(code: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for c in code.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    // Words nest too: `if`, `try`, `def`, `-`.
    let words = code
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|w| matches!(*w, "if" | "try" | "def" | "reduce" | "foreach" | "label"))
        .count();
    let minuses = code.split(|c| c != '-').map(str::len).max().unwrap_or(0);
    most.max(words).max(minuses)
}

fn report(code: &str, faults: &[Fault]) -> String {
    let mut out = String::new();
    for fault in faults {
        let before = code.get(..fault.at).unwrap_or(code);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let text = code.split('\n').nth(line - 1).unwrap_or_default();
        out.push_str(&format!("jq: error: {} at <top-level>, line {line}:\n{text}{}\n", fault.what, " ".repeat(column)));
    }
    let many = if faults.len() == 1 { "" } else { "s" };
    out + &format!("jq: {} compile error{many}\n", faults.len())
}

/// Where a piece of the code stands in it.
fn offset(code: &str, piece: &str) -> usize {
    (piece.as_ptr() as usize).saturating_sub(code.as_ptr() as usize).min(code.len())
}

fn unexpected(token: &str, expecting: &str, at: usize) -> Fault {
    let expecting = if expecting.is_empty() { String::new() } else { format!(", expecting {expecting}") };
    Fault { what: format!("syntax error, unexpected {token}{expecting} (Unix shell quoting issues?)"), at }
}

fn lexical(code: &str, errors: &[lex::Error<&str>]) -> Fault {
    let Some((expected, rest)) = errors.iter().min_by_key(|error| offset(code, error.1)) else { return unexpected("$end", "", 0) };
    let at = offset(code, rest);
    match expected {
        lex::Expect::Delim("\"") => unexpected("$end", "QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END", last_lexeme(code)),
        lex::Expect::Delim(bracket) => {
            let head = code.get(..at).unwrap_or_default();
            let name = head.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            let called = *bracket == "(" && !name.is_empty() && !KEYWORDS.contains(&name);
            let inside = code.get(at + 1..).unwrap_or_default();
            match wrong_close(code, at) {
                Some(close) => unexpected("INVALID_CHARACTER", "", close),
                None if *bracket == "{" && whole_entries(inside) => unexpected("$end", "'}'", last_lexeme(code)),
                None if called && parse(inside).is_ok() => unexpected("$end", "';' or ')'", last_lexeme(code)),
                None => unexpected("$end", "", last_lexeme(code)),
            }
        }
        _ => {
            let head = code.get(..at).unwrap_or_default();
            unexpected("INVALID_CHARACTER", if parse(head).is_ok() { "$end" } else { "" }, at)
        }
    }
}

/// Whether the text after `{` is complete entries.
fn whole_entries(inside: &str) -> bool {
    let tokens = format!("{{{inside}}}");
    inside.trim_end().ends_with(|c: char| c != ',' && c != ':') && parse(&tokens).is_ok()
}

/// The first bracket after the open one that closes another kind.
fn wrong_close(code: &str, open: usize) -> Option<usize> {
    let mut stack = Vec::new();
    for (at, c) in code.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => stack.push(')'),
            '[' => stack.push(']'),
            '{' => stack.push('}'),
            ')' | ']' | '}' if stack.pop() != Some(c) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the last piece of the code begins, space counted.
fn last_lexeme(code: &str) -> usize {
    let trimmed = code.trim_end();
    if trimmed.len() < code.len() {
        return trimmed.len();
    }
    let word = code.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if word.len() < code.len() {
        return word.len() - usize::from(word.ends_with(['.', '@', '$']) && !word.ends_with(".."));
    }
    let two = ["//", "==", "!=", "<=", ">=", "|=", "+=", "-=", "*=", "/=", "%=", ".."];
    code.len() - if two.iter().any(|op| code.ends_with(op)) { 2 } else { usize::from(!code.is_empty()) }
}

fn grammatical(code: &str, expected: &Expect<&str>, found: Option<&Token<&str>>) -> Fault {
    let first = code.len() - code.trim_start().len();
    let Some(Token(text, kind)) = found else {
        let expecting = match expected {
            Expect::Key => "FORMAT or QQSTRING_START",
            Expect::Var => "'$'",
            Expect::Pattern => "'$' or '[' or '{'",
            _ => "",
        };
        return unexpected("$end", expecting, last_lexeme(code));
    };
    let at = offset(code, text);
    let name = match kind {
        Tok::Word if KEYWORDS.contains(text) => (*text).to_owned(),
        Tok::Word => "IDENT".into(),
        Tok::Var => "'$'".into(),
        Tok::Fmt => "FORMAT".into(),
        Tok::Num => "LITERAL".into(),
        Tok::Str(_) => "QQSTRING_START".into(),
        Tok::Block(_) => format!("'{}'", text.chars().next().unwrap_or('(')),
        Tok::Sym if text.starts_with('.') && text.len() > 1 && *text != ".." => "FIELD".into(),
        Tok::Sym if text.len() > 1 => (*text).to_owned(),
        Tok::Sym => format!("'{text}'"),
    };
    let expecting = match expected {
        Expect::Nothing => "$end",
        Expect::CommaOrRBrace => "'}'",
        Expect::SemicolonOrRParen => "';' or ')'",
        Expect::Key => "FORMAT or QQSTRING_START",
        Expect::Var => "'$'",
        Expect::Pattern => "'$' or '[' or '{'",
        Expect::Term if at == first => "$end",
        _ => "",
    };
    unexpected(&name, expecting, at)
}

/// Names that the filter may use at some place.
#[derive(Clone, Default)]
struct Scope<'p> {
    filters: Vec<(&'p str, usize)>,
    variables: Vec<&'p str>,
}

/// Looks for names that mean nothing. The error is everything that jq prints.
pub(super) fn check<'p>(code: &'p str, term: &Term<'p>, variables: &[&'p str], prelude: &[Def<'static>]) -> Result<(), String> {
    let mut checker = Checker { code, prelude, faults: Vec::new() };
    let scope = Scope { filters: Vec::new(), variables: variables.to_vec() };
    checker.term(term, &scope);
    if checker.faults.is_empty() { Ok(()) } else { Err(report(code, &checker.faults)) }
}

struct Checker<'c> {
    code: &'c str,
    prelude: &'c [Def<'static>],
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, what: String, piece: &str) {
        self.faults.push(Fault { what, at: offset(self.code, piece) });
    }

    fn terms<'p>(&mut self, terms: &[Term<'p>], scope: &Scope<'p>) {
        for term in terms {
            self.term(term, scope);
        }
    }

    fn term<'p>(&mut self, term: &Term<'p>, scope: &Scope<'p>) {
        match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) => {}
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term, scope);
                    }
                }
            }
            Term::Arr(Some(inner)) | Term::Neg(inner) => self.term(inner, scope),
            Term::Obj(entries) => {
                for (key, value) in entries {
                    self.term(key, scope);
                    self.terms(value.as_slice(), scope);
                }
            }
            Term::BinOp(left, op, right) => self.binary(left, op, right, scope),
            Term::Label(name, inner) => {
                let mut inside = scope.clone();
                inside.variables.push(name);
                self.term(inner, &inside);
            }
            Term::Break(name) => {
                if !scope.variables.contains(name) {
                    self.fault(format!("$*label-{} is not defined", name.trim_start_matches('$')), name);
                }
            }
            Term::Fold(_, source, pattern, args) => {
                self.term(source, scope);
                self.terms(args.get(..1).unwrap_or_default(), scope);
                let inside = self.pattern(pattern, scope);
                self.terms(args.get(1..).unwrap_or_default(), &inside);
            }
            Term::TryCatch(body, catch) => {
                self.term(body, scope);
                self.terms(catch.as_deref().map(std::slice::from_ref).unwrap_or_default(), scope);
            }
            Term::IfThenElse(branches, otherwise) => {
                for (condition, then) in branches {
                    self.term(condition, scope);
                    self.term(then, scope);
                }
                self.terms(otherwise.as_deref().map(std::slice::from_ref).unwrap_or_default(), scope);
            }
            Term::Def(defs, inner) => {
                let mut inside = scope.clone();
                for def in defs {
                    inside.filters.push((def.name, def.args.len()));
                    let mut body = inside.clone();
                    for arg in &def.args {
                        body.filters.push((arg.trim_start_matches('$'), 0));
                        body.variables.extend(arg.starts_with('$').then_some(*arg));
                    }
                    self.term(&def.body, &body);
                }
                self.term(inner, &inside);
            }
            Term::Call(name, args) => self.call(name, args, scope),
            Term::Var(name) => {
                if !scope.variables.contains(name) && !matches!(*name, "$ENV" | "$__loc__") {
                    self.fault(format!("{name} is not defined"), name);
                }
            }
            Term::Path(head, path) => {
                self.term(head, scope);
                for (part, _) in &path.0 {
                    match part {
                        Part::Index(key) => self.term(key, scope),
                        Part::Range(from, to) => {
                            self.terms(from.as_slice(), scope);
                            self.terms(to.as_slice(), scope);
                        }
                    }
                }
            }
        }
    }

    fn binary<'p>(&mut self, left: &Term<'p>, op: &BinaryOp<&'p str>, right: &Term<'p>, scope: &Scope<'p>) {
        if let (Term::Num(_), BinaryOp::Math(Math::Div), Term::Num(zero)) = (left, op, right)
            && zero.parse() == Ok(0.0)
        {
            self.faults.push(Fault { what: "Division by zero?".into(), at: 0 });
        }
        self.term(left, scope);
        match op {
            BinaryOp::Pipe(Some(pattern)) => {
                let inside = self.pattern(pattern, scope);
                self.term(right, &inside);
            }
            _ => self.term(right, scope),
        }
    }

    fn call<'p>(&mut self, name: &'p str, args: &[Term<'p>], scope: &Scope<'p>) {
        let arity = args.len();
        let known = name.starts_with('@')
            || scope.filters.contains(&(name, arity))
            || (builtins::known(name, arity) && !name.starts_with('_'))
            || self.prelude.iter().any(|def| def.name == name && def.args.len() == arity);
        if !known {
            self.fault(format!("{name}/{arity} is not defined"), name);
        }
        self.terms(args, scope);
    }

    /// The scope with a pattern's variables.
    fn pattern<'p>(&mut self, pattern: &Pattern<&'p str>, scope: &Scope<'p>) -> Scope<'p> {
        let mut inside = scope.clone();
        self.variables(pattern, &mut inside);
        inside
    }

    fn variables<'p>(&mut self, pattern: &Pattern<&'p str>, scope: &mut Scope<'p>) {
        match pattern {
            Pattern::Var(name) => scope.variables.push(name),
            Pattern::Arr(items) => items.iter().for_each(|item| self.variables(item, scope)),
            Pattern::Obj(entries) => {
                for (key, item) in entries {
                    self.term(key, scope);
                    self.variables(item, scope);
                }
            }
        }
    }
}

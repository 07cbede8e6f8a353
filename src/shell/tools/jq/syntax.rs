//! Reading a filter: the grammar is jaq-core's, the messages are jq's.

mod messages;

use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Parser, Pattern};
use jaq_core::ops::Math;
use jaq_core::path::Part;

use super::builtins;
use super::eval::{Def, Term};
use messages::{Fault, KEYWORDS, grammatical, last_lexeme, lexical, offset, report, unexpected, unterminated};

/// Brackets in a filter nest this deep at most.
const NESTING_LIMIT: usize = 100;
/// So many signs may stand in a filter.
const SYMBOL_LIMIT: usize = 600;
/// `1.` and `.1` are numbers to jq, and none to the lexer: they get their zero.
pub(super) fn with_whole_numbers(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let (mut quoted, mut before, mut number) = (false, ' ', false);
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        let begins = c == '.' && !quoted && !(before.is_ascii_alphanumeric() || "._$@])}?\"".contains(before));
        if begins && chars.peek().is_some_and(char::is_ascii_digit) {
            out.push('0');
        }
        out.push(c);
        match c {
            '\\' if quoted => out.extend(chars.next()),
            '"' => quoted = !quoted,
            '.' if number && !quoted && !chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || "._[\"(".contains(*next)) => {
                out.push('0');
            }
            _ => {}
        }
        number = c.is_ascii_digit() && (number || !(before.is_ascii_alphanumeric() || "._$@".contains(before)));
        before = c;
    }
    out
}

/// Reads a filter. The error is everything that jq prints.
pub(super) fn parse(code: &str) -> Result<Term<'_>, String> {
    // An empty filter is the identity.
    let blank = code.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let code = if blank { "." } else { code };
    if nesting(code) > NESTING_LIMIT {
        return Err("jq: error: a filter nested this deep is not simulated in Podground\n".into());
    }
    let tokens = Lexer::new(code).lex().map_err(|errors| report(code, &lexical(code, &errors)))?;
    if symbols(&tokens) > SYMBOL_LIMIT {
        return Err("jq: error: a filter this long is not simulated in Podground\n".into());
    }
    if let Some(Token(word, Tok::Word)) = tokens.first()
        && matches!(*word, "then" | "else" | "elif" | "end" | "catch" | "and" | "or" | "as")
    {
        return Err(report(code, &[unexpected(word, "$end", offset(code, word))]));
    }
    let mut ifs = Vec::new();
    if let Some(faults) = older_grammar(code, &tokens, &mut ifs) {
        return Err(report(code, &faults));
    }
    let errors = match Parser::new(&tokens).parse(|p| p.term()) {
        Ok(term) => return Ok(term),
        Err(errors) => errors,
    };
    // Definitions alone are the identity.
    if let Ok(defs) = Parser::new(&tokens).parse(|p| p.defs()) {
        return Ok(Term::Def(defs, Box::new(Term::Id)));
    }
    let faults = errors.iter().map(|(expected, found)| grammatical(code, expected, *found));
    let first = faults.min_by_key(|faults| faults.first().map_or(0, |fault| fault.at)).unwrap_or_default();
    let open = ifs.iter().find(|open| open.then).map(|open| unterminated("if", open.at));
    let caught = code.trim_end().strip_suffix("catch").and_then(|before| before.rfind("try")).map(|at| unterminated("try", at));
    Err(report(code, &first.into_iter().chain(open).chain(caught).collect::<Vec<_>>()))
}

/// An `if` without its `end` so far.
struct If {
    at: usize,
    then: bool,
    otherwise: bool,
}

/// Models jq 1.6: an `if` has an `else`, and no `[` follows a dot behind a term. Leaves the ifs that are open in `ifs`.
fn older_grammar(code: &str, tokens: &[Token<&str>], ifs: &mut Vec<If>) -> Option<Vec<Fault>> {
    for (i, Token(text, kind)) in tokens.iter().enumerate() {
        match (kind, *text) {
            (Tok::Word, "if") => ifs.push(If { at: offset(code, text), then: false, otherwise: false }),
            (Tok::Word, "then") => ifs.iter_mut().next_back().into_iter().for_each(|open| open.then = true),
            (Tok::Word, "else") => ifs.iter_mut().next_back().into_iter().for_each(|open| open.otherwise = true),
            (Tok::Word, "end") => {
                if let Some(If { at, otherwise: false, .. }) = ifs.pop() {
                    return Some(vec![unexpected("end", "", offset(code, text)), unterminated("if", at)]);
                }
            }
            (Tok::Block(inside), _) => {
                let dotted = matches!(i.checked_sub(1).and_then(|i| tokens.get(i)), Some(Token(".", Tok::Sym)));
                let term = matches!(i.checked_sub(2).and_then(|i| tokens.get(i)), Some(Token(text, kind)) if ends_term(text, kind));
                if dotted && term && text.starts_with('[') {
                    return Some(vec![unexpected("'['", "FORMAT or QQSTRING_START", offset(code, text))]);
                }
                if let Some(faults) = older_grammar(code, inside, &mut Vec::new()) {
                    return Some(faults);
                }
            }
            _ => {}
        }
    }
    None
}

fn ends_term(text: &str, kind: &Tok<&str>) -> bool {
    match kind {
        Tok::Sym => text == "?" || (text.starts_with('.') && text.len() > 1),
        Tok::Word => !KEYWORDS.contains(&text) || text == "end",
        _ => true,
    }
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

/// Names that the filter may use at some place.
#[derive(Clone, Default)]
struct Scope<'p> {
    filters: Vec<(&'p str, usize)>,
    variables: Vec<&'p str>,
}

/// Looks for names that mean nothing. The error is everything that jq prints.
pub(super) fn check<'p>(code: &'p str, term: &Term<'p>, variables: &[&'p str], prelude: &[Def<'static>]) -> Result<(), String> {
    let mut checker = Checker { code, prelude, faults: Vec::new(), wrong: None };
    let scope = Scope { filters: Vec::new(), variables: variables.to_vec() };
    checker.term(term, &scope);
    if let Some(wrong) = checker.wrong {
        return Err(report(code, &[wrong]));
    }
    if checker.faults.is_empty() { Ok(()) } else { Err(report(code, &checker.faults)) }
}

struct Checker<'c> {
    code: &'c str,
    prelude: &'c [Def<'static>],
    faults: Vec<Fault>,
    /// A keyword where a filter stands: then nothing else is said.
    wrong: Option<Fault>,
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
            Term::Fold(_, _, _, args) if args.is_empty() => {
                self.wrong = self.wrong.take().or(Some(unexpected("$end", "'('", last_lexeme(self.code))));
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
        if KEYWORDS.contains(&name) {
            let first =
                self.code.trim_start().starts_with(name) && offset(self.code, name) == self.code.len() - self.code.trim_start().len();
            self.wrong = self.wrong.take().or(Some(unexpected(name, if first { "$end" } else { "" }, offset(self.code, name))));
            return;
        }
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

//! awk's syntax tree.

use super::super::super::regex::Regex;

#[derive(Debug)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Regex(Regex),
    Var(String),
    Field(Box<Expr>),
    Index(String, Vec<Expr>),
    Assign(Option<char>, Box<Expr>, Box<Expr>),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    Arithmetic(char, Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    Match(bool, Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    /// Before?, by how much, what.
    Step(bool, f64, Box<Expr>),
    Call(String, Vec<Expr>),
    Builtin(&'static str, Vec<Expr>),
    /// Into what, from where.
    Getline(Option<Box<Expr>>, Source),
    /// In parentheses: `print (a)(b) > c` needs to know.
    Group(Box<Expr>),
    /// `(a, b)`, before `in`.
    List(Vec<Expr>),
}

#[derive(Debug)]
pub(super) enum Source {
    Main,
    File(Box<Expr>),
    Command(Box<Expr>),
}

#[derive(Debug)]
pub(super) enum Target {
    Stdout,
    File(Expr),
    Append(Expr),
    Pipe(Expr),
}

#[derive(Debug)]
pub(super) enum Stmt {
    Block(Vec<Stmt>),
    Expr(Expr),
    Print(Vec<Expr>, Target),
    Printf(Vec<Expr>, Target),
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    While(Expr, Box<Stmt>),
    Do(Box<Stmt>, Expr),
    For(Option<Box<Stmt>>, Option<Expr>, Option<Box<Stmt>>, Box<Stmt>),
    ForIn(String, String, Box<Stmt>),
    Next,
    NextFile,
    Exit(Option<Expr>),
    Return(Option<Expr>),
    Break,
    Continue,
    Delete(String, Option<Vec<Expr>>),
}

#[derive(Debug)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    Expr(Expr),
    Range(Expr, Expr),
}

pub(super) struct Function {
    pub parameters: Vec<String>,
    pub body: Stmt,
}

#[derive(Default)]
pub(super) struct Program {
    /// `None`: print the record.
    pub rules: Vec<(Pattern, Option<Stmt>)>,
    pub functions: std::collections::BTreeMap<String, Function>,
}

/// The functions of the language.
pub(super) const BUILTINS: &[&str] = &[
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "tolower", "toupper", "int", "sqrt", "exp", "log", "sin",
    "cos", "atan2", "rand", "srand", "system", "close", "fflush", "systime", "strftime",
];

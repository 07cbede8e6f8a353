//! kubectl: a program that speaks only REST, through `client`.

pub mod printers;

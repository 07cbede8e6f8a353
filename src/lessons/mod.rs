//! The course: what a lesson is, when a step is done, what its prose says.
//!
//! A lesson is data. The engine knows nothing of a lesson's contents, and the page nothing of its checks.

mod audit;
pub mod check;
mod course;
mod facts;
mod glossary;
mod markdown;
mod model;
mod nearly;
mod prose;

pub use course::{Announced, Course, CourseError, Fault, LANGUAGES, Part, Source, is_course, is_id, title_of};
pub use facts::{Called, Facts, Looked};
pub use glossary::{Glossary, Term, Words};
pub use markdown::{Click, Contents, FIGURES, Figure, Piece, RunBlock, contents, escape, html, inline, pieces};
pub use model::{Check, Count, Did, Lesson, Mistake, Output, Question, RequestCheck, Step};
pub use nearly::{Nearly, nearly};
pub use prose::{Choice, Prose, ProseQuestion, ProseStep};

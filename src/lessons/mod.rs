//! The course: what a lesson is, when a step is done, what its prose says.
//!
//! A lesson is data. The engine knows nothing of a lesson's contents, and the page nothing of its checks.

pub mod check;
mod course;
mod facts;
mod markdown;
mod model;
mod prose;

pub use course::{Course, CourseError, Fault, Part, Source};
pub use facts::{Facts, Looked};
pub use markdown::{RunBlock, html, run_blocks};
pub use model::{Check, Count, Did, Lesson, Mistake, Question, Step};
pub use prose::{Choice, Prose, ProseQuestion, ProseStep};

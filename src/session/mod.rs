//! One learner's playground, as the page and the command line see it.
pub mod diagnose;
pub mod highlight;
pub mod lesson_view;
pub mod picture;
pub mod play;
pub mod score;
pub mod suggest;
pub mod traffic;
pub mod transcript;
pub mod view;
pub mod why;

pub use highlight::*;
pub use lesson_view::*;
pub use view::*;

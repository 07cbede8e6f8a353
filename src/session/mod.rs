//! One learner's playground, as the page and the command line see it.
pub mod highlight;
pub mod lesson_view;
pub mod play;
pub mod transcript;
pub mod picture;
pub mod score;
pub mod traffic;
pub mod view;
pub mod why;

pub use highlight::*;
pub use lesson_view::*;
pub use view::*;

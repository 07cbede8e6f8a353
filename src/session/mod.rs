//! One learner's playground, as the page and the command line see it.

mod assist;
mod built_in;
mod desk;
pub mod diagnose;
mod dry_run;
mod editor;
mod exam;
mod fault_command;
mod faults;
pub mod figure;
mod fixes;
mod goal;
pub mod highlight;
mod image_command;
mod journey;
mod lesson_state;
pub mod lesson_view;
mod moments;
mod owners;
pub mod picture;
pub mod play;
mod playground;
pub mod prove;
mod recording;
pub mod score;
pub use crate::api::suggest;
mod terminals;
mod texts;
pub mod traffic;
pub mod transcript;
mod type_errors;
mod typist;
pub mod view;
mod workstation;

pub use crate::lessons::{Course, Fault, Figure, Piece, escape, is_id};
pub use crate::sim::{AtOnce, LocalBoxFuture, Pace, at_once};
pub use built_in::{course, course_at, faults as lesson_faults};
pub use figure::{FigureView, figure};
pub use highlight::*;
pub use lesson_view::*;
pub use playground::Session;
pub use typist::{Player, Ran, Typist};
pub use view::*;

pub use crate::why::{Answer, Cause, Field, NodeVerdict, Step as WhyStep, Text};

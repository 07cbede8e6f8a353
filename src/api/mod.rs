//! The objects of the API and what is true of them without a cluster. Pure: no clock, no store.

pub mod apply;
pub mod base64;
pub mod cron;
pub mod decode;
pub mod defaults;
pub mod duration;
pub mod encode;
pub mod glob;
pub mod go;
pub mod go_dump;
pub mod go_order;
pub mod json;
pub mod object;
pub mod patch;
pub mod pod;
pub mod pod_resources;
pub mod quantity;
pub mod quota;
pub mod reference;
pub mod schema;
pub mod selector;
pub mod status;
pub mod suggest;
pub mod time;
pub mod time_zone;
pub mod unserved;
pub mod validation;
pub mod well_known;
pub mod yaml;

pub use object::{Key, Kind, Object};
pub use status::Status;

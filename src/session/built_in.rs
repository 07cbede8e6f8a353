use crate::lessons::Source;

/// The course that is built in.
pub struct BuiltIn;

static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

impl Source for BuiltIn {
    fn read(&self, path: &str) -> Option<String> {
        FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
    }
    fn list(&self, path: &str) -> Vec<String> {
        let folder = format!("{path}/");
        FILES.iter().filter_map(|(name, _)| name.strip_prefix(&folder)).filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

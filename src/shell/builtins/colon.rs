use super::super::state::{Ran, Shell};

/// `:`, `true`
pub(super) async fn yes(_shell: &mut Shell, _words: Vec<String>) -> Ran {
    Ok(0)
}

/// `false`
pub(super) async fn no(_shell: &mut Shell, _words: Vec<String>) -> Ran {
    Ok(1)
}

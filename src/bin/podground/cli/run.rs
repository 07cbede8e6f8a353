//! `podground run FILE…`

use podground::session::{Player, play, transcript};

use super::Common;

/// Plays transcripts and prints them with the results that they gave.
pub fn run(common: &Common, files: &[String]) -> Result<i32, String> {
    if files.is_empty() {
        return Err("run needs at least one transcript file".into());
    }
    let topology = common.topology("reference")?;
    // All are read before any is played: nothing is printed when one of them is not to be had.
    let mut read = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let items = transcript::parse(&text).map_err(|fault| format!("{file}: {fault}"))?;
        read.push((file, items));
    }
    for (file, items) in &read {
        let played = play::play(items, |shell| Player::new(common.seed, &topology, shell)).map_err(|what| format!("{file}: {what}"))?;
        print!("{}", transcript::write(&played));
    }
    Ok(0)
}

//! Random workloads and faults over a whole cluster, and what must hold throughout and at rest.
//!
//! `SIMULATION_SEEDS=100 cargo test --test simulation -- --nocapture` plays more of them. A violation names the seed,
//! the step and the invariant; the same seed plays the same story.

#[path = "simulation/invariants.rs"]
mod invariants;
#[path = "simulation/story.rs"]
mod story;

use podground::cluster::{Cluster, Topology};
use podground::sim::Sim;

use invariants::Watcher;
use story::Story;

const STEPS: usize = 40;

/// Plays one story; an `Err` is a violation.
fn play(seed: u64, steps: usize) -> Result<(u64, f64), String> {
    let sim = Sim::new(seed, 1_795_000_000);
    let topology = Topology::built_in("reference").expect("a built-in topology");
    let cluster = Cluster::start(&sim, &topology);
    let mut watcher = Watcher::new(&cluster);
    let mut story = Story::new(&cluster, seed);
    for step in 0..steps {
        let what = story.step();
        watcher.check().map_err(|violation| format!("seed {seed}, step {step} ({what}): {violation}"))?;
    }
    story.calm_down();
    watcher.check().and_then(|()| watcher.check_at_rest()).map_err(|violation| format!("seed {seed}, at rest: {violation}"))?;
    Ok((sim.trace().digest(), sim.now().as_millis() as f64 / 3_600_000.0))
}

#[test]
fn nothing_breaks_under_random_workloads_and_faults() {
    let seeds: u64 = std::env::var("SIMULATION_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let first: u64 = std::env::var("SIMULATION_FIRST").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut hours = 0.0;
    let mut violations = Vec::new();
    for seed in first..first + seeds {
        match play(seed, STEPS) {
            Ok((_, played)) => hours += played,
            Err(violation) => {
                // A shorter story that fails too is easier to read.
                let shortest = (1..STEPS).step_by(4).find_map(|steps| play(seed, steps).err());
                violations.push(shortest.unwrap_or(violation));
            }
        }
    }
    println!("{hours:.1} cluster-hours, {} invariants, {} violations", invariants::NAMES.len(), violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_same_seed_plays_the_same_story() {
    assert_eq!(play(11, 10).map(|(digest, _)| digest), play(11, 10).map(|(digest, _)| digest));
}

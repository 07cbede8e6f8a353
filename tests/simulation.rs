//! Random workloads and faults over a whole cluster, and what must hold throughout and at rest.
//!
//! `SIMULATION_SEEDS=100 cargo test --test simulation -- --nocapture` plays more of them. A violation names the seed,
//! the invariant and the steps, as few as will do; the same seed plays the same story.

#[path = "simulation/invariants.rs"]
mod invariants;
#[path = "simulation/story.rs"]
mod story;

use podground::cluster::{Cluster, Topology};
use podground::sim::Sim;

use invariants::Watcher;
use story::Story;

const STEPS: u32 = 40;

/// What a story that went well was like.
type Played = (u64, f64);

/// Plays the steps `kept` of the story of `seed`; an `Err` is a violation, with the story that led to it.
fn play(seed: u64, kept: &[u32]) -> Result<Played, String> {
    let sim = Sim::new(seed, 1_795_000_000);
    let topology = Topology::built_in("reference").expect("a built-in topology");
    let cluster = Cluster::start(&sim, &topology);
    let mut watcher = Watcher::new(&cluster);
    let mut story = Story::new(&cluster, seed);
    let mut told = Vec::new();
    for step in kept {
        told.push(format!("    {step}: {}", story.step(seed, *step)));
        watcher.check().map_err(|violation| format!("{violation}\n  seed {seed}\n{}", told.join("\n")))?;
    }
    story.calm_down();
    let at_rest = watcher.check().and_then(|()| watcher.check_at_rest());
    at_rest.map_err(|violation| format!("{violation}\n  seed {seed}, at rest after\n{}", told.join("\n")))?;
    Ok((sim.trace().digest(), sim.now().as_millis() as f64 / 3_600_000.0))
}

/// The invariant that a violation names.
fn broken(violation: &str) -> &str {
    violation.split(':').next().unwrap_or_default()
}

/// A shorter story that breaks the same invariant: leaves out halves, quarters, … single steps, as long as it still does.
fn shrink(seed: u64, violation: String) -> String {
    let mut kept: Vec<u32> = (1..=STEPS).collect();
    let mut shortest = violation;
    let mut size = kept.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < kept.len() {
            let fewer: Vec<u32> = kept.iter().enumerate().filter(|(i, _)| *i < at || *i >= at + size).map(|(_, step)| *step).collect();
            match play(seed, &fewer) {
                Err(other) if broken(&other) == broken(&shortest) => (kept, shortest) = (fewer, other),
                _ => at += size,
            }
        }
        size /= 2;
    }
    shortest
}

#[test]
fn nothing_breaks_under_random_workloads_and_faults() {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (first, seeds, most) = (number("SIMULATION_FIRST", 1), number("SIMULATION_SEEDS", 4), number("SIMULATION_SHRINK", 3));
    let steps: Vec<u32> = (1..=STEPS).collect();
    let mut hours = 0.0;
    let mut violations: Vec<String> = Vec::new();
    for seed in first..first + seeds {
        match play(seed, &steps) {
            Ok((_, played)) => hours += played,
            // One story of each kind is enough to read.
            Err(violation) if violations.iter().any(|known| broken(known) == broken(&violation)) => {
                violations.push(broken(&violation).to_owned())
            }
            Err(violation) if violations.len() as u64 >= most => violations.push(violation),
            Err(violation) => violations.push(shrink(seed, violation)),
        }
    }
    println!("{hours:.1} cluster-hours, {seeds} stories, {} invariants, {} violations", invariants::NAMES.len(), violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn the_same_seed_plays_the_same_story() {
    let steps: Vec<u32> = (1..=10).collect();
    assert_eq!(play(11, &steps).map(|(digest, _)| digest), play(11, &steps).map(|(digest, _)| digest));
}

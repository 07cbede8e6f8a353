//! Figures in the prose: a cluster of its own is run for a while, and shown as it is then.

use std::time::Duration;

use super::picture;
use super::score::Score;
use super::typist::Typist;
use super::view::{ClusterView, TimelineView};
use super::workstation::Workstation;
use crate::cluster::{Cluster, Topology};
use crate::lessons::Figure;
use crate::shell::Dialect;
use crate::sim::Sim;

/// The seed of every figure.
const SEED: u64 = 7;
/// How long a figure runs unless it says.
const USUAL: Duration = Duration::from_secs(60);
/// And at most.
const LIMIT: Duration = Duration::from_secs(3600);

/// A figure as the page draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigureView {
    /// The cluster at the end.
    pub cluster: ClusterView,
    /// What became of each pod, from when the manifests were applied.
    pub timeline: TimelineView,
    /// The selector to begin with; empty unless the figure is a board.
    pub selector: String,
    /// What `kubectl apply` said against the manifests.
    pub refused: Option<String>,
}

/// Runs a figure: `figure selector-board FILE SELECTOR`, `figure lifecycle-strip FILE 90s delete@40s`.
pub fn figure(figure: &Figure) -> FigureView {
    let sim = Sim::new(SEED, 1_795_219_200);
    let Some(topology) = Topology::built_in("single") else { return FigureView::default() };
    let cluster = Cluster::start(&sim, &topology);
    let score = Score::follow(&cluster.client("score"));
    let station = Workstation::new(&cluster);
    let _ = station.write_file("figure.yaml", &figure.manifests);
    let Some(mut typist) = Typist::new(&sim, &station, Dialect::Bash) else { return FigureView::default() };
    let start = sim.now();
    let ran = typist.run("kubectl apply -f figure.yaml").unwrap_or_else(|late| late);
    let refused = (ran.status != 0).then(|| String::from_utf8_lossy(&ran.stderr).trim().to_owned());
    let board = figure.kind == "selector-board";
    let words = figure.argument.split_whitespace().filter(|_| !board);
    let (mut lasts, mut delete) = (USUAL, None);
    for word in words {
        match word.split_once('@') {
            Some(("delete", at)) => delete = seconds(at),
            _ => lasts = seconds(word).unwrap_or(USUAL),
        }
    }
    let end = start + lasts.min(LIMIT);
    if let Some(at) = delete {
        sim.run_until(start + at.min(LIMIT), usize::MAX);
        let _ = typist.run("kubectl delete --wait=false -f figure.yaml");
    }
    sim.run_until(end, usize::MAX);
    FigureView {
        cluster: only_default(picture::cluster_view(&cluster.client("picture"), &cluster.runtimes(), "default")),
        timeline: since(score.view(), start.as_millis()),
        selector: if board { figure.argument.clone() } else { String::new() },
        refused,
    }
}

/// `90s`, `5m`.
fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(factor)?))
}

fn only_default(mut view: ClusterView) -> ClusterView {
    view.pods.retain(|pod| !pod.namespace.starts_with("kube-"));
    view
}

fn since(mut view: TimelineView, start: u64) -> TimelineView {
    view.pods.retain(|track| !track.namespace.starts_with("kube-"));
    for span in view.pods.iter_mut().flat_map(|track| &mut track.spans) {
        span.from_ms = span.from_ms.saturating_sub(start);
        span.to_ms = span.to_ms.map(|to| to.saturating_sub(start));
    }
    view.now_ms = view.now_ms.saturating_sub(start);
    view
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_lives_and_ends() {
        let manifests = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: nginx\n    image: nginx\n";
        let strip =
            Figure { kind: "lifecycle-strip".into(), manifests: manifests.into(), argument: "90s delete@40s".into(), ..Figure::default() };
        let view = figure(&strip);
        assert_eq!((view.refused.as_deref(), view.cluster.pods.len()), (None, 0));
        assert!(view.timeline.pods[0].spans.len() >= 3, "{:?}", view.timeline.pods);
        let diagram = Figure { kind: "pod-diagram".into(), manifests: manifests.into(), ..Figure::default() };
        assert_eq!(figure(&diagram).cluster.pods[0].phase_word, "Running");
        let bad = Figure { manifests: "kind: pod".into(), ..diagram };
        assert!(figure(&bad).refused.is_some());
    }
}

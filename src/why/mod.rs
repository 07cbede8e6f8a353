//! Why an object is as it is, and what happened, in order: told from the store, its history and the trace.
//!
//! An answer is a chain: each cause is the reason of the one before it, the last one is where a learner can act. Nothing is
//! guessed from an object's name; what cannot be known is not said.
//! Architecture invariant: asking changes nothing.

pub mod command;
mod container;
mod ending;
mod gone;
mod image;
mod limits;
mod node;
mod place;
mod pod;
mod print;
mod refused;
mod scheduling;
mod service;
mod story;
mod text;
mod workload;

use jiff::Timestamp;

use crate::api::{Key, Kind, Object};
use crate::client::Client;
use crate::cluster::{Cluster, Fault};
use crate::sim::Time;

pub use place::{Field, Manifest};
pub use print::{print, to_json};
pub use text::Text;

use text::say;

/// Chains longer than this are cut: what is behind them is asked of the last object.
const LIMIT_DEPTH: usize = 8;

/// What there is to say of an object.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The object.
    pub object: Key,
    /// How it is, in a line: `Pending 0/1`.
    pub headline: Text,
    /// Why, from the object itself to where it began. Never empty.
    pub causes: Vec<Cause>,
    /// What the scheduler finds on each node, for a pod that waits for one.
    pub nodes: Vec<NodeVerdict>,
    /// What would help, the smallest change first.
    pub help: Vec<Text>,
    /// What happened, in order.
    pub story: Vec<Step>,
}

/// One link of the chain.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Names the cause in one word, the same in every language: `ImageNotFound`.
    pub code: &'static str,
    /// Whose cause it is.
    pub object: Key,
    /// In words.
    pub text: Text,
    /// The field of the manifest that decided.
    pub field: Option<Field>,
}

/// One node's verdict on a pod.
#[derive(Clone, Debug)]
pub struct NodeVerdict {
    /// The node.
    pub node: String,
    /// The scheduler's plugin that refused.
    pub plugin: &'static str,
    /// Why, in words.
    pub text: Text,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Who did it: `kubectl`, `kubelet/node-1`.
    pub actor: String,
    /// What.
    pub text: Text,
    /// What it was a reaction to.
    pub because: Option<Text>,
}

/// Why the object at `key` is as it is; for one that is gone, why it went. `None` where there never was one, as far as the
/// history goes. `manifests` are the files in which fields are looked for.
pub fn why(cluster: &Cluster, key: &Key, manifests: &[Manifest]) -> Option<Answer> {
    let client = cluster.client("why");
    let mut inquiry = Inquiry {
        cluster,
        client,
        manifests,
        faults: cluster.faults(),
        headline: Text::default(),
        causes: Vec::new(),
        nodes: Vec::new(),
        help: Vec::new(),
        asked: Vec::new(),
    };
    match cluster.server().store().get(key) {
        Some(object) => inquiry.ask(&object),
        None => inquiry.gone(key)?,
    }
    let story = inquiry.story(key);
    let Inquiry { headline, causes, nodes, help, .. } = inquiry;
    Some(Answer { object: key.clone(), headline, causes, nodes, help, story })
}

/// An answer in the making.
struct Inquiry<'a> {
    cluster: &'a Cluster,
    client: Client,
    manifests: &'a [Manifest],
    faults: Vec<Fault>,
    headline: Text,
    causes: Vec<Cause>,
    nodes: Vec<NodeVerdict>,
    help: Vec<Text>,
    asked: Vec<Key>,
}

impl Inquiry<'_> {
    /// Adds what there is to say of one object, unless it was asked before.
    fn ask(&mut self, object: &Object) {
        let key = object.key();
        if self.asked.contains(&key) || self.asked.len() >= LIMIT_DEPTH {
            return;
        }
        self.asked.push(key.clone());
        match object {
            Object::Pod(pod) => self.pod(pod),
            Object::Node(node) => self.node(node),
            Object::Service(service) => self.service(service),
            Object::Endpoints(_) | Object::EndpointSlice(_) => self.of_a_service(object),
            Object::Namespace(namespace) if namespace.metadata.deletion_timestamp.is_some() => self.namespace(object),
            _ if object.meta().deletion_timestamp.is_some() => self.deleting(object),
            _ => self.workload(object),
        }
    }

    fn ask_key(&mut self, key: &Key) -> bool {
        let found = self.cluster.server().store().get(key);
        let exists = found.is_some();
        if let Some(object) = found {
            self.ask(&object);
        }
        exists
    }

    /// Adds a link to the chain.
    fn because(&mut self, object: &Key, code: &'static str, text: Text) {
        if self.causes.iter().any(|cause| cause.code == code && cause.object == *object && cause.text == text) {
            return;
        }
        self.causes.push(Cause { code, object: object.clone(), text, field: None });
    }

    /// Adds something that would help.
    fn helps(&mut self, text: Text) {
        if !self.help.contains(&text) {
            self.help.push(text);
        }
    }

    /// The headline of the object that was asked about first.
    fn head(&mut self, text: Text) {
        if self.headline.en.is_empty() {
            self.headline = text;
        }
    }

    /// Says that a component is frozen, if it is. Then that is the cause of whatever it has not done.
    fn is_frozen(&mut self, object: &Key, component: &str) -> bool {
        let frozen = self.faults.iter().any(|fault| matches!(fault, Fault::Freeze { component: frozen } if frozen == component));
        if frozen {
            let text = say(
                "{0} stands still: it is frozen by a fault",
                "{0} 구성 요소가 멈춰 있습니다. 고장(fault)으로 얼려 둔 것입니다",
                &[component],
            );
            self.because(object, "ComponentFrozen", text);
            self.heal(&format!("freeze {component}"));
        }
        frozen
    }

    /// `fault heal …` would help.
    fn heal(&mut self, fault: &str) {
        self.helps(say("`fault heal {0}`", "`fault heal {0}`로 고장을 고칩니다", &[fault]));
    }

    /// What the calendar showed at a moment of the trace.
    fn stamp(&self, at: Time) -> Timestamp {
        let sim = self.client.sim();
        let ago = i64::try_from(sim.now().as_nanos().saturating_sub(at.as_nanos())).unwrap_or(i64::MAX);
        sim.timestamp().checked_sub(jiff::SignedDuration::from_nanos(ago)).unwrap_or(Timestamp::MIN)
    }
}

/// `pod/web`, `pod/other/web` outside of `default`.
fn short(key: &Key) -> String {
    let singular = key.kind.info().singular;
    match &*key.namespace {
        "" | "default" => format!("{singular}/{}", key.name),
        namespace => format!("{singular}/{namespace}/{}", key.name),
    }
}

/// The kind that a word names: `po`, `pods`, `Pod`, `deployment.apps`.
fn kind_named(word: &str) -> Option<Kind> {
    let word = word.to_lowercase();
    let word = word.split('.').next().unwrap_or_default();
    Kind::ALL.iter().copied().find(|kind| {
        let info = kind.info();
        info.singular == word || info.plural == word || info.short_names.contains(&word)
    })
}

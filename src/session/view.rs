//! What the page may know: plain values in a viewer's words.
//!
//! Architecture invariant: nothing here refers to an object, a store or a task of the cluster. A view is a copy taken at one
//! instant of virtual time; to see the next instant, ask the session again. All times are milliseconds of virtual time since
//! the session's start, all columns and offsets are UTF-16 code units, as the page's editor counts them.

/// How a session begins. Two sessions with equal options and equal timed inputs are equal to the byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub seed: u64,
    /// Name of a topology: `classroom`, `single`, `reference`, …
    pub topology: String,
    /// Lesson to start with; none is the sandbox.
    pub lesson: Option<String>,
    /// The instant that virtual time 0 stands for, in seconds since 1970.
    pub unix_time_at_start: i64,
}

/// What `Session::advance` reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The step limit was reached before the asked-for time had passed.
    pub busy: bool,
}

/// One terminal tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerminalId(pub u32);

/// A file that a program in a terminal waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedEdit {
    pub terminal: TerminalId,
    /// Relative to the home directory.
    pub path: String,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    #[default]
    Error,
    Warning,
    Hint,
}

/// A fault in a manifest, at its exact place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// Offsets into the whole text.
    pub from_utf16: usize,
    pub to_utf16: usize,
    /// Both count from 1.
    pub line: usize,
    pub column: usize,
    pub severity: Severity,
    /// The server's own words, in English.
    pub message: String,
    /// The word that was probably meant.
    pub did_you_mean: Option<String>,
    /// A change of the text that would mend it.
    pub fix: Option<Fix>,
}

/// A change of a text: what lies between the two offsets gives way to `text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    pub from_utf16: usize,
    pub to_utf16: usize,
    pub text: String,
}

/// The six states that the page draws, each with its own colour, shape and word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Running,
    /// ContainerCreating, PodInitializing, pulling an image.
    Making,
    /// Pending, waiting for a node.
    #[default]
    Waiting,
    /// CrashLoopBackOff, Error, ErrImagePull and the like.
    Failed,
    Terminating,
    /// Completed.
    Done,
}

/// Everything that the picture draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterView {
    /// In order of name.
    pub nodes: Vec<NodeView>,
    /// In order of namespace, then name.
    pub pods: Vec<PodView>,
    /// In order of name.
    pub namespaces: Vec<String>,
    /// The namespace that kubectl uses when none is given.
    pub current_namespace: String,
}

/// A machine of the rack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeView {
    pub name: String,
    pub ready: bool,
    /// As in kubectl's ROLES column; `control-plane`, or empty.
    pub roles: String,
    /// Sum of requests over what is allocatable, 0 to 1 and beyond.
    pub cpu_fraction: f32,
    pub memory_fraction: f32,
    /// Cordoned.
    pub unschedulable: bool,
    pub labels: Vec<(String, String)>,
}

/// A pod, on its machine or on the shelf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodView {
    pub uid: String,
    pub namespace: String,
    pub name: String,
    /// None: not placed yet.
    pub node: Option<String>,
    /// kubectl's STATUS word.
    pub phase_word: String,
    pub state: State,
    /// Ready containers, of how many.
    pub ready: (u32, u32),
    pub labels: Vec<(String, String)>,
    pub ip: Option<String>,
    pub hostname: String,
    /// Why it is not placed or not running, in the cluster's words.
    pub reason: Option<String>,
    /// Until the next restart, or until the grace period ends.
    pub countdown_ms: Option<u64>,
    /// Of the image pull, 0 to 1.
    pub progress: Option<f32>,
    pub age_ms: u64,
    pub containers: Vec<ContainerView>,
    pub volumes: Vec<VolumeView>,
    /// `ReplicaSet/web-7d4b9c6f5`.
    pub owner: Option<String>,
}

/// A container in its pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerView {
    pub name: String,
    pub image: String,
    pub state: State,
    /// `Running`, `CrashLoopBackOff`, `Completed`, …
    pub word: String,
    pub restarts: u32,
    pub init: bool,
    /// Ports that a process of this container really listens on.
    pub ports: Vec<u16>,
    /// Process id as the container sees it, and its command line.
    pub processes: Vec<(u32, String)>,
    /// Volume name, and the path where it is mounted.
    pub mounts: Vec<(String, String)>,
}

/// A volume of a pod. Those that Kubernetes adds by itself (the token) are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeView {
    pub name: String,
    /// `emptyDir`, `configMap`, `hostPath`, …
    pub kind: String,
}

/// Where a request starts or ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// The learner's own computer.
    #[default]
    Workstation,
    Node(String),
    Pod {
        namespace: String,
        name: String,
        container: Option<String>,
    },
}

/// How a request ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// On its way.
    #[default]
    Travelling,
    /// The answer's first words, such as `200 OK`; empty for a bare connection.
    Answered(String),
    /// Nobody listens on the port.
    Refused,
    /// No such address, or no way to it.
    Unreachable,
}

/// A connection between two places, worth drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestView {
    /// Grows by one for each request of the session.
    pub seq: u64,
    pub at_ms: u64,
    pub from: Endpoint,
    pub to: Endpoint,
    /// The port that was called.
    pub port: u16,
    /// The caller's ephemeral port.
    pub source_port: u16,
    /// How long before `at_ms` it was sent.
    pub took_ms: u64,
    /// Over the loopback interface: it never left the pod.
    pub loopback: bool,
    /// `GET /`.
    pub label: String,
    pub outcome: Outcome,
}

/// The score: commands as bar lines, one line for each pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineView {
    pub now_ms: u64,
    pub commands: Vec<CommandMark>,
    /// In the order in which the pods were first seen; the deleted ones too.
    pub pods: Vec<PodTrack>,
    /// What the cluster told, oldest first.
    pub events: Vec<EventMark>,
}

/// An Event of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventMark {
    pub at_ms: u64,
    pub reason: String,
    /// `Pod/web`.
    pub about: String,
    pub warning: bool,
}

/// A command that the learner ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandMark {
    pub at_ms: u64,
    /// As typed.
    pub line: String,
    pub terminal: TerminalId,
}

/// A pod's life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTrack {
    pub uid: String,
    pub namespace: String,
    pub name: String,
    pub spans: Vec<Span>,
}

/// One stretch of a pod's life in one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub state: State,
    pub from_ms: u64,
    /// None: it still lasts.
    pub to_ms: Option<u64>,
}

/// Who takes part in a command's journey, from the learner's side to the machine's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    #[default]
    Kubectl,
    Server,
    Store,
    Controllers,
    Scheduler,
    Kubelet,
    Runtime,
}

/// The parts of a command's journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// kubectl asks the API server.
    #[default]
    Ask,
    /// It is written down.
    Keep,
    /// Controllers make what is missing.
    Control,
    /// The scheduler chooses a node.
    Place,
    /// The kubelet has the runtime start it.
    Start,
    /// The kubelet writes down how it went.
    Tell,
}

/// One message of a journey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JourneyStep {
    /// Since the command.
    pub at_ms: u64,
    pub phase: Phase,
    pub from: Lane,
    pub to: Lane,
    /// Who exactly, where the lane is shared: `replicaset-controller`, `kubelet/node-3`.
    pub actor: String,
    pub text: String,
    /// What came back.
    pub answer: Option<String>,
    /// `rev 1102`: the store wrote it down.
    pub note: String,
    /// Verdicts and scores of nodes, a container's command line.
    pub detail: Vec<String>,
    /// Told by a watch, not asked for.
    pub watch: bool,
    pub failed: bool,
}

/// A command's journey through the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JourneyView {
    pub line: String,
    pub at_ms: u64,
    pub lasts_ms: u64,
    /// Where the first pod went.
    pub node: Option<String>,
    /// Pods beside the one that is followed.
    pub more_pods: usize,
    pub steps: Vec<JourneyStep>,
}

/// A proposal for the place where the cursor is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    pub label: String,
    /// The field's type as `kubectl explain` writes it: `<[]Container>`; empty for values.
    pub type_name: String,
    pub required: bool,
    /// What is written in place of the word.
    pub insert: String,
    /// Where its description is in `docs.json`: struct and field.
    pub docs: (String, String),
}

/// Proposals, and where the word begins that they replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    pub from_utf16: usize,
    pub proposals: Vec<Proposal>,
}

/// The field at a place of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldView {
    pub from_utf16: usize,
    pub to_utf16: usize,
    /// `pod.spec.containers.image`, as `kubectl explain` takes it.
    pub path: String,
    pub type_name: String,
    pub required: bool,
    pub docs: (String, String),
    pub values: Vec<String>,
}

/// Lines that the server added to what was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ghost {
    /// They stand behind the line in which this offset is.
    pub at_utf16: usize,
    pub text: String,
}

/// An object and who owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedView {
    pub uid: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// The controller's uid.
    pub owner: Option<String>,
    /// `2/3` of a workload, a pod's status word.
    pub word: String,
    /// Selected by which labels, as `kubectl get -l` takes it; empty where nothing is selected.
    pub selector: String,
}

/// What became of an object between two moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    New,
    Changed,
    Gone,
}

/// An object that is not the same at two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub fate: Fate,
    /// JSON pointer, the earlier value, the later one.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
}

/// Names an object for `yaml_of`, `describe_of`, `events_of`, `logs_of` and `why_of`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// `Pod`, `Node`, …
    pub kind: String,
    /// Empty for objects of the whole cluster.
    pub namespace: String,
    pub name: String,
    /// For logs: which container; none is the first.
    pub container: Option<String>,
}

/// The languages of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    #[default]
    Ko,
    En,
}

impl Lang {
    /// The code that `<html lang>` and the lesson files use.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }
}

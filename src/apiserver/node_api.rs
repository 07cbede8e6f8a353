use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use crate::api::Status;
use crate::sim::channel::{OneshotReceiver, Receiver, Sender};

/// What `kubectl logs` asks for. Models `v1.PodLogOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Goes on with what is still to come.
    pub follow: bool,
    /// Of the container before its last restart.
    pub previous: bool,
    /// Only so many lines from the end.
    pub tail_lines: Option<i64>,
    /// Only what is younger.
    pub since_seconds: Option<i64>,
    /// Only what was written at or after this moment (RFC 3339).
    pub since_time: Option<String>,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// No more than so many bytes.
    pub limit_bytes: Option<i64>,
}

/// A running `exec` or `attach`.
pub struct ExecStream {
    /// Input for the process; dropping it is the end of the input.
    pub stdin: Option<Sender<Vec<u8>>>,
    /// Output.
    pub stdout: Receiver<Vec<u8>>,
    /// Error output; nothing where there is a terminal.
    pub stderr: Receiver<Vec<u8>>,
    /// New sizes of the terminal: columns and rows.
    pub resize: Sender<(u16, u16)>,
    /// The exit code, or why there is none.
    pub status: OneshotReceiver<Result<i32, Status>>,
}

/// One forwarded connection.
pub struct PortForwardStream {
    /// Bytes for the pod; dropping it ends the sending side.
    pub to_pod: Sender<Vec<u8>>,
    /// Bytes from the pod.
    pub from_pod: Receiver<Vec<u8>>,
    /// What went wrong, if anything did.
    pub error: OneshotReceiver<String>,
}

/// What a kubelet does for the API server. Models the kubelet's streaming server (`pkg/kubelet/server`).
pub trait NodeApi {
    /// The log of a container, in chunks.
    fn logs(&self, pod: &Rc<Pod>, container: &str, options: LogOptions) -> Result<Receiver<Vec<u8>>, Status>;
    /// Runs a command in a container.
    #[allow(clippy::too_many_arguments, reason = "the parameters of the kubelet's exec endpoint")]
    fn exec(
        &self,
        pod: &Rc<Pod>,
        container: &str,
        command: Vec<String>,
        stdin: bool,
        stdout: bool,
        stderr: bool,
        tty: bool,
    ) -> Result<ExecStream, Status>;
    /// Joins the first process of a container.
    fn attach(&self, pod: &Rc<Pod>, container: &str, stdin: bool, tty: bool) -> Result<ExecStream, Status>;
    /// Connects to a port of the pod's network namespace.
    fn port_forward(&self, pod: &Rc<Pod>, port: u16) -> Result<PortForwardStream, Status>;
}

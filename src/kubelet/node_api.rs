//! Logs, exec, attach and port-forward. Models `pkg/kubelet/server` and `pkg/kubelet/kubelet_pods.go`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::main_loop::Kubelet;
use super::record::{name_of, uid_of};
use crate::api::Status;
use crate::client::{ExecStream, LogOptions, NodeApi, PortForwardStream};
use crate::cri::{Container, LogQuery, Session};
use crate::sim::channel::{self, Receiver};

impl Kubelet {
    /// The running container of this name.
    fn running(&self, pod: &Pod, name: &str) -> Result<Rc<Container>, Status> {
        let worker = self.worker(pod);
        let container = worker.and_then(|worker| worker.record.borrow().containers.get(name)?.current.clone());
        container
            .filter(|container| container.is_running())
            .ok_or_else(|| Status::new(404, "NotFound", format!("container not found (\"{name}\")")))
    }

    /// The container whose log is wanted. Models `validateContainerLogStatus`.
    fn logged(&self, pod: &Pod, name: &str, previous: bool) -> Result<Rc<Container>, Status> {
        let pod_name = name_of(pod);
        let waiting = |why: &str| Status::bad_request(format!("container \"{name}\" in pod \"{pod_name}\" is waiting to start: {why}"));
        let missing = || Status::bad_request(format!("previous terminated container \"{name}\" in pod \"{pod_name}\" not found"));
        let Some(worker) = self.worker(pod) else {
            return Err(if previous { missing() } else { waiting("ContainerCreating") });
        };
        let record = worker.record.borrow();
        let Some(container) = record.containers.get(name) else {
            let has_init =
                record.sandbox.is_some() && pod.spec.as_ref().is_some_and(|s| s.init_containers.as_ref().is_some_and(|l| !l.is_empty()));
            return Err(if previous { missing() } else { waiting(if has_init { "PodInitializing" } else { "ContainerCreating" }) });
        };
        let backing_off = container.waiting.is_some() && !container.is_running();
        if previous {
            let last = if backing_off { container.current.clone() } else { container.previous.clone() };
            return last.ok_or_else(missing);
        }
        if let Some(current) = &container.current {
            return Ok(current.clone());
        }
        let reason = container.waiting.as_ref().map_or("ContainerCreating", |(reason, _)| reason.as_str());
        Err(match reason {
            "ErrImagePull" | "ImagePullBackOff" => waiting("trying and failing to pull image"),
            "InvalidImageName" => waiting("InvalidImageName"),
            "ErrImageNeverPull" => waiting("ErrImageNeverPull"),
            reason => waiting(reason),
        })
    }
}

fn stream_of(session: Session, sim: &crate::sim::Sim) -> ExecStream {
    let (sender, status) = channel::oneshot();
    let code = session.status;
    sim.spawn(async move {
        let result = match code.await {
            Some(code) => Ok(code),
            None => Err(Status::internal("the container is gone")),
        };
        let _ = sender.send(result);
    });
    ExecStream { stdin: session.stdin, stdout: session.stdout, stderr: session.stderr, resize: session.resize, status }
}

impl NodeApi for Kubelet {
    fn logs(&self, pod: &Rc<Pod>, container: &str, options: LogOptions) -> Result<Receiver<Vec<u8>>, Status> {
        let container = self.logged(pod, container, options.previous)?;
        let number = |value: Option<i64>| value.and_then(|value| usize::try_from(value).ok());
        let by_seconds = options.since_seconds.and_then(|seconds| {
            let ago = jiff::SignedDuration::from_secs(seconds);
            self.0.sim.timestamp().checked_sub(ago).ok()
        });
        let since = by_seconds.or_else(|| options.since_time.as_deref().and_then(|text| text.parse::<Timestamp>().ok()));
        Ok(container.log.read(LogQuery {
            follow: options.follow,
            tail_lines: number(options.tail_lines),
            since,
            timestamps: options.timestamps,
            limit_bytes: number(options.limit_bytes),
        }))
    }

    fn exec(
        &self,
        pod: &Rc<Pod>,
        container: &str,
        command: Vec<String>,
        stdin: bool,
        _stdout: bool,
        _stderr: bool,
        tty: bool,
    ) -> Result<ExecStream, Status> {
        let container = self.running(pod, container)?;
        match container.exec(&self.0.runtime.exec_id(), command, stdin, tty) {
            Ok(session) => Ok(stream_of(session, &self.0.sim)),
            Err(error) => {
                // The connection is up by then; the error comes over its status stream, wrapped once on the way.
                let (sender, status) = channel::oneshot();
                let _ = sender
                    .send(Err(Status::internal(format!("Internal error occurred: error executing command in container: {}", error.0))));
                Ok(ExecStream {
                    stdin: None,
                    stdout: channel::unbounded().1,
                    stderr: channel::unbounded().1,
                    resize: channel::unbounded().0,
                    status,
                })
            }
        }
    }

    fn attach(&self, pod: &Rc<Pod>, container: &str, stdin: bool, _tty: bool) -> Result<ExecStream, Status> {
        let container = self.running(pod, container)?;
        Ok(stream_of(container.attach(stdin), &self.0.sim))
    }

    fn port_forward(&self, pod: &Rc<Pod>, port: u16) -> Result<PortForwardStream, Status> {
        let sandbox = self.worker(pod).and_then(|worker| worker.record.borrow().sandbox.clone());
        let sandbox = sandbox.filter(|sandbox| sandbox.is_ready());
        let sandbox = sandbox.ok_or_else(|| Status::new(404, "NotFound", format!("pod not found (\"{}\")", uid_of(pod))))?;
        let (to_pod, mut input) = channel::unbounded::<Vec<u8>>();
        let (output, from_pod) = channel::unbounded();
        let (failed, error) = channel::oneshot();
        let sim = self.0.sim.clone();
        sim.clone().spawn(async move {
            let target = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let stream = match sandbox.net.connect(target).await {
                Ok(stream) => stream,
                Err(why) => {
                    let id = &sandbox.id;
                    let text = format!(
                        "error forwarding port {port} to pod {id}, uid : failed to execute portforward in network namespace \"/var/run/netns/cni-{}\": failed to connect to localhost:{port} inside namespace \"{id}\", IPv4: dial tcp4 127.0.0.1:{port}: connect: {} IPv6 dial tcp6 [::1]:{port}: connect: {} ",
                        id.get(..8).unwrap_or_default(),
                        why.go_text(),
                        why.go_text()
                    );
                    let _ = failed.send(text);
                    return;
                }
            };
            let (mut reader, mut writer) = stream.split();
            sim.spawn(async move {
                while let Some(bytes) = input.recv().await {
                    writer.writable().await;
                    if writer.write(&bytes).is_err() {
                        return;
                    }
                }
                writer.shutdown();
            });
            while let Some(bytes) = reader.read().await {
                if output.send(bytes).is_err() {
                    return;
                }
            }
            drop(failed);
        });
        Ok(PortForwardStream { to_pod, from_pod, error })
    }
}

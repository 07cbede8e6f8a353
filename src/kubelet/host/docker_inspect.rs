//! `docker inspect`.

use serde_json::{Value, json};

use super::Seat;
use super::args::Given;
use super::docker_list::Thing;
use super::inspect::{image_of, labels, time};
use super::logs;
use super::table::{pretty, template};
use crate::cri::{Container, ContainerState};

pub(super) async fn run(seat: &Seat, given: Given) -> i32 {
    if given.operands.is_empty() {
        return seat.fail("\"docker inspect\" requires at least 1 argument.\nSee 'docker inspect --help'.").await;
    }
    let mut found = Vec::new();
    let mut code = 0;
    let mut errors = Vec::new();
    for name in &given.operands {
        match super::docker_list::find(seat, name) {
            Some(thing) => found.push(of_thing(&thing)),
            None => match image_of(seat, name) {
                Some(image) => found.push(json!({ "Id": image.id, "RepoTags": [image.reference.to_string()], "RepoDigests": [image.repo_digest()], "Size": image.size_bytes, "Os": "linux", "Architecture": "amd64" })),
                None => errors.push(format!("Error: No such object: {name}")),
            },
        }
    }
    if let Some(format) = given.value("format") {
        for value in &found {
            match template(format, value) {
                Ok(line) => seat.print(&format!("{line}\n")).await,
                Err(why) => code = seat.fail(&why).await,
            }
        }
    } else {
        seat.print(&format!("{}\n", pretty(&Value::Array(found), b"    "))).await;
    }
    for error in errors {
        code = seat.fail(&error).await;
    }
    code
}

fn of_thing(thing: &Thing) -> Value {
    let sandbox = thing.sandbox();
    let pod = &sandbox.config;
    let mut value = match thing {
        Thing::Container(container) => of_container(container),
        Thing::Pause(_) => {
            let running = sandbox.is_ready();
            let mode = |host: bool, otherwise: &str| if host { "host".to_owned() } else { otherwise.to_owned() };
            json!({
                "Path": "/pause", "Args": [], "RestartCount": 0,
                "Image": "registry.k8s.io/pause:3.10",
                "State": { "Status": if running { "running" } else { "exited" }, "Running": running, "Pid": sandbox.pause_pid().unwrap_or(0), "ExitCode": 0, "StartedAt": time(sandbox.created) },
                "Config": { "Hostname": pod.hostname, "Image": "registry.k8s.io/pause:3.10", "Entrypoint": ["/pause"],
                    "Labels": { "io.kubernetes.docker.type": "podsandbox", "io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.uid": pod.uid } },
                "HostConfig": { "NetworkMode": mode(pod.host_network, "none"), "IpcMode": mode(pod.host_ipc, "shareable"), "PidMode": mode(pod.host_pid, "") },
                "NetworkSettings": { "IPAddress": "" },
            })
        }
    };
    if let Value::Object(map) = &mut value {
        map.insert("Id".into(), thing.id().into());
        map.insert("Name".into(), format!("/{}", thing.name()).into());
        map.insert("Created".into(), time(thing.created()).into());
        map.insert("Driver".into(), "overlay2".into());
        map.insert("Platform".into(), "linux".into());
    }
    value
}

fn of_container(container: &Container) -> Value {
    let (config, image) = (&container.config, &container.config.image);
    let argv = container.argv();
    let pause = &container.sandbox.id;
    let pod = &container.sandbox.config;
    let joined = format!("container:{pause}");
    let pid_mode = if pod.share_processes {
        joined.clone()
    } else if pod.host_pid {
        "host".into()
    } else {
        String::new()
    };
    let env: Vec<String> = container.environment().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut labels = labels(container);
    labels.insert("io.kubernetes.docker.type".into(), "container".into());
    labels.insert("io.kubernetes.sandbox.id".into(), pause.clone());
    let binds: Vec<Value> =
        config.mounts.iter().map(|mount| json!({ "Type": "bind", "Destination": mount.path, "RW": !mount.read_only })).collect();
    json!({
        "Path": argv.first(),
        "Args": argv.get(1..),
        "State": state(container),
        "Image": image.id,
        "LogPath": logs::path(container),
        "RestartCount": 0,
        "Mounts": binds,
        "Config": { "Hostname": container.sandbox.uts.hostname(), "Env": env, "Cmd": config.args, "Entrypoint": config.command, "Image": image.repo_digest(), "WorkingDir": container.working_dir(), "Labels": labels, "Tty": config.tty, "OpenStdin": config.stdin },
        "HostConfig": { "NetworkMode": if pod.host_network { "host".to_owned() } else { joined.clone() }, "IpcMode": if pod.host_ipc { "host".to_owned() } else { joined }, "PidMode": pid_mode, "Memory": config.memory_limit_bytes.unwrap_or(0), "ReadonlyRootfs": config.read_only_root },
    })
}

fn state(container: &Container) -> Value {
    let (status, started, finished, code, why) = match container.state() {
        ContainerState::Created => ("created", time(jiff::Timestamp::UNIX_EPOCH), time(jiff::Timestamp::UNIX_EPOCH), 0, String::new()),
        ContainerState::Running { started } => ("running", time(started), time(jiff::Timestamp::UNIX_EPOCH), 0, String::new()),
        ContainerState::Exited { started, finished, exit_code, reason, .. } => ("exited", time(started), time(finished), exit_code, reason),
    };
    json!({
        "Status": status, "Running": status == "running", "Paused": false, "Restarting": false, "OOMKilled": why == "OOMKilled", "Dead": false,
        "Pid": container.node_pid(), "ExitCode": code, "Error": "", "StartedAt": started, "FinishedAt": finished,
    })
}

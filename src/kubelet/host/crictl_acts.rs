//! What crictl does to containers, sandboxes and images, and what it reads from them.

use std::time::Duration;

use super::Seat;
use super::args::Given;
use super::crictl::{complain, container_of, containers, fatal, sandbox_of, sandboxes, state_of};
use super::inspect;
use crate::cri::LogQuery;
use crate::images::Reference;

const NO_ID: &str = "ID cannot be empty";

pub(super) async fn logs(seat: &Seat, given: Given) -> i32 {
    let Some(id) = given.operands.first() else { return fatal(seat, NO_ID).await };
    let mut container = match container_of(seat, id) {
        Ok(container) => container,
        Err(why) => return fatal(seat, &why).await,
    };
    if given.on("previous") {
        let earlier = containers(seat).into_iter().find(|other| {
            other.sandbox.id == container.sandbox.id
                && other.config.name == container.config.name
                && other.config.attempt + 1 == container.config.attempt
        });
        match earlier {
            Some(earlier) => container = earlier,
            None => {
                let why = format!("previous terminated container {} not found in log path", container.config.name);
                return fatal(seat, &why).await;
            }
        }
    }
    let number = |name| given.value(name).and_then(|text| text.parse::<usize>().ok());
    let query = LogQuery {
        follow: given.on("follow"),
        tail_lines: number("tail"),
        timestamps: given.on("timestamps"),
        limit_bytes: number("limit-bytes"),
        since: None,
    };
    let mut lines = container.log.read(query);
    while let Some(bytes) = lines.recv().await {
        if seat.ctx.write(1, &bytes).await.is_err() {
            break;
        }
    }
    0
}

pub(super) async fn exec(seat: &Seat, given: Given) -> i32 {
    let Some(id) = given.operands.first() else { return fatal(seat, NO_ID).await };
    let command = given.operands.get(1..).unwrap_or_default().to_vec();
    if command.is_empty() {
        return fatal(seat, "execing command in container: rpc error: code = InvalidArgument desc = command is required").await;
    }
    let container = match container_of(seat, id) {
        Ok(container) => container,
        Err(why) => return fatal(seat, &format!("execing command in container: {why}")).await,
    };
    if !container.is_running() {
        let state = format!("CONTAINER_{}", state_of(&container).to_uppercase());
        return fatal(seat, &format!("execing command in container: rpc error: code = Unknown desc = container is in {state} state")).await;
    }
    let (stdin, tty) = (given.on("interactive"), given.on("tty"));
    match container.exec(&seat.runtime().exec_id(), command, stdin, tty) {
        Err(error) => fatal(seat, &format!("execing command in container: rpc error: code = Unknown desc = {}", error.0)).await,
        Ok(session) => match session.carry(&seat.ctx, stdin, tty).await {
            0 => 0,
            code => fatal(seat, &format!("execing command in container: command terminated with exit code {code}")).await,
        },
    }
}

pub(super) async fn stop(seat: &Seat, given: Given) -> i32 {
    if given.operands.is_empty() {
        return fatal(seat, NO_ID).await;
    }
    let grace = given.value("timeout").and_then(|text| text.parse().ok()).unwrap_or(0);
    for id in &given.operands {
        match container_of(seat, id) {
            Ok(container) => seat.runtime().stop_container(&container, Duration::from_secs(grace)).await,
            Err(why) => return fatal(seat, &format!("stopping the container \"{id}\": {why}")).await,
        }
        seat.print(&format!("{id}\n")).await;
    }
    0
}

pub(super) async fn rm(seat: &Seat, given: Given) -> i32 {
    let all = containers(seat).iter().map(|container| container.id.clone()).collect();
    let ids = if given.on("all") { all } else { given.operands.clone() };
    if ids.is_empty() {
        return fatal(seat, NO_ID).await;
    }
    let mut failed = false;
    for id in ids {
        match container_of(seat, &id) {
            Ok(container) if container.is_running() && !given.on("force") => {
                complain(seat, "error", &format!("container \"{id}\" is running, please stop it first")).await;
                failed = true;
            }
            Ok(container) => {
                seat.runtime().stop_container(&container, Duration::ZERO).await;
                seat.runtime().remove_container(&container.id);
                seat.print(&format!("{id}\n")).await;
            }
            Err(why) => {
                complain(seat, "error", &format!("removing container \"{id}\" failed: {why}")).await;
                failed = true;
            }
        }
    }
    if failed { fatal(seat, "unable to remove container(s)").await } else { 0 }
}

pub(super) async fn stopp(seat: &Seat, given: Given) -> i32 {
    if given.operands.is_empty() {
        return fatal(seat, NO_ID).await;
    }
    for id in &given.operands {
        match sandbox_of(seat, id) {
            Ok(sandbox) => seat.runtime().stop_sandbox(&sandbox).await,
            Err(why) => return fatal(seat, &format!("stopping the pod sandbox \"{id}\": {why}")).await,
        }
        seat.print(&format!("Stopped sandbox {id}\n")).await;
    }
    0
}

pub(super) async fn rmp(seat: &Seat, given: Given) -> i32 {
    let all = sandboxes(seat).iter().map(|sandbox| sandbox.id.clone()).collect();
    let ids = if given.on("all") { all } else { given.operands.clone() };
    if ids.is_empty() {
        return fatal(seat, NO_ID).await;
    }
    let mut failed = false;
    for id in ids {
        match sandbox_of(seat, &id) {
            Ok(sandbox) if sandbox.is_ready() && !given.on("force") => {
                complain(seat, "error", &format!("pod sandbox \"{id}\" is running, please stop it first")).await;
                failed = true;
            }
            Ok(sandbox) => {
                seat.runtime().stop_sandbox(&sandbox).await;
                seat.runtime().remove_sandbox(&sandbox);
                seat.print(&format!("Removed sandbox {id}\n")).await;
            }
            Err(why) => {
                complain(seat, "error", &format!("removing the pod sandbox \"{id}\": {why}")).await;
                failed = true;
            }
        }
    }
    if failed { fatal(seat, "unable to remove sandbox(es)").await } else { 0 }
}

pub(super) async fn rmi(seat: &Seat, given: Given) -> i32 {
    let images = seat.runtime().images();
    let used = |id: &str| containers(seat).iter().any(|container| container.config.image.id == id);
    let mut targets = Vec::new();
    if given.on("all") || given.on("prune") {
        targets.extend(images.list().into_iter().filter(|image| given.on("all") || !used(&image.id)));
    }
    for name in &given.operands {
        match inspect::image_of(seat, name) {
            Some(image) => targets.push(image),
            None => return fatal(seat, &format!("no such image {name}")).await,
        }
    }
    for image in targets {
        images.remove(&image.reference);
        seat.print(&format!("Deleted: {}\n", image.reference)).await;
    }
    0
}

pub(super) async fn pull(seat: &Seat, given: Given) -> i32 {
    let Some(name) = given.operands.first() else { return fatal(seat, "image cannot be empty").await };
    let reference = match Reference::parse(name) {
        Ok(reference) => reference,
        Err(why) => {
            return fatal(
                seat,
                &format!("pulling image: rpc error: code = Unknown desc = failed to parse image reference \"{name}\": {why}"),
            )
            .await;
        }
    };
    match seat.runtime().images().pull(&reference).await {
        Ok((image, _)) => {
            seat.print(&format!("Image is up to date for {}\n", image.repo_digest())).await;
            0
        }
        Err(error) => fatal(seat, &format!("pulling image: {}", error.0)).await,
    }
}

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::list::Filter;
use super::path::Resource;
use super::{ApiServer, Request, Response, render};
use crate::api::{Object, Status};
use crate::sim::channel::{self, Receiver, Sender};
use crate::store::{Change, ChangeKind};

/// How often an idle watch that asked for bookmarks gets one. Models the watch cache's period.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

/// Streams changes as JSON lines.
pub(super) fn answer(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let filter = Filter::of(request, resource)?;
    let revision = request.query("resourceVersion").unwrap_or_default();
    let asked = match revision {
        "" | "0" => None,
        text => Some(text.parse::<u64>().map_err(|_| Status::bad_request(format!("invalid resource version: {text}")))?),
    };
    let (existing, current) = server.store().list(resource.kind, resource.scope());
    let from = asked.unwrap_or(current);
    let changes =
        server.store().watch(resource.kind, from).map_err(|_| Status::expired(format!("too old resource version: {from} ({current})")))?;
    let (sender, receiver) = channel::unbounded();
    let mut watcher =
        Watcher { server: server.clone(), request: request.clone(), filter, scope: resource.scope().map(Into::into), sender, first: true };
    if asked.is_none() {
        for object in &existing {
            if watcher.filter.matches(object) {
                watcher.send("ADDED", object);
            }
        }
    }
    let seconds = request.query("timeoutSeconds").and_then(|s| s.parse::<u64>().ok()).filter(|s| *s > 0);
    let sim = server.sim().clone();
    server.sim().spawn(async move {
        let run = watcher.run(changes);
        match seconds {
            Some(seconds) => drop(sim.timeout(Duration::from_secs(seconds), run).await),
            None => run.await,
        }
    });
    Ok(Response::stream("application/json", receiver))
}

struct Watcher {
    server: ApiServer,
    request: Request,
    filter: Filter,
    scope: Option<Rc<str>>,
    sender: Sender<Vec<u8>>,
    /// Whether nothing was sent yet: only a watch's first table names its columns.
    first: bool,
}

impl Watcher {
    async fn run(mut self, mut changes: Receiver<Rc<Change>>) {
        let bookmarks = self.request.flag("allowWatchBookmarks");
        let sim = self.server.sim().clone();
        loop {
            let next = if bookmarks { sim.timeout(BOOKMARK_PERIOD, changes.recv()).await } else { Ok(changes.recv().await) };
            match next {
                Ok(Some(change)) => self.change(&change),
                Ok(None) => return,
                Err(_) => self.bookmark(),
            }
            if self.sender.is_closed() {
                return;
            }
        }
    }

    /// Sends what a change means for those who see only what the filter lets through.
    fn change(&mut self, change: &Change) {
        if self.scope.as_deref().is_some_and(|namespace| namespace != change.object.namespace()) {
            return;
        }
        let now = change.kind != ChangeKind::Deleted && self.filter.matches(&change.object);
        let before = change.previous.as_ref().is_some_and(|previous| self.filter.matches(previous));
        match (before, now) {
            (false, true) => self.send("ADDED", &change.object),
            (true, true) => self.send("MODIFIED", &change.object),
            (true, false) if change.kind == ChangeKind::Deleted => self.send("DELETED", &change.object),
            (true, false) => {
                // It no longer matches: the client gets the state that last did, at the revision of the change.
                if let Some(mut previous) = change.previous.clone() {
                    previous.meta_mut().resource_version = Some(change.revision.to_string());
                    self.send("DELETED", &previous);
                }
            }
            (false, false) => {}
        }
    }

    fn send(&mut self, type_: &str, object: &Object) {
        let columns = std::mem::replace(&mut self.first, false);
        let object = render::represent(&self.server, &self.request, object, columns);
        self.send_line(&json!({ "type": type_, "object": object }));
    }

    fn bookmark(&mut self) {
        let revision = self.server.store().revision().to_string();
        self.send_line(&json!({ "type": "BOOKMARK", "object": { "metadata": { "resourceVersion": revision } } }));
    }

    fn send_line(&self, event: &Value) {
        let mut line = serde_json::to_vec(event).unwrap_or_default();
        line.push(b'\n');
        let _ = self.sender.send(line);
    }
}

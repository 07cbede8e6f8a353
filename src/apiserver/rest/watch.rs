use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::list::{Filter, Options};
use super::path::Resource;
use super::{ApiServer, Request, Response, render};
use crate::api::schema::Schema;
use crate::api::{Kind, Object, Status, encode};
use crate::sim::channel::{self, Receiver, Sender};
use crate::sim::select;
use crate::store::{Change, ChangeKind};

/// How often an idle watch that asked for bookmarks gets one. Models the watch cache's period.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

/// Marks the bookmark that ends the objects that were there at the beginning.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// Streams changes as JSON lines.
pub(super) fn answer(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let filter = Filter::of(request, resource)?;
    let options = Options::of(request, true)?;
    let from_now = matches!(options.version.as_str(), "" | "0");
    let (existing, current) = server.store().list(resource.kind, resource.scope());
    let from = if from_now || options.initial_events == Some(true) { current } else { options.revision };
    let (sender, receiver) = channel::unbounded();
    let scope = resource.scope().map(Into::into);
    let mut watcher =
        Watcher { server: server.clone(), request: request.clone(), kind: resource.kind, filter, scope, sender, from, first: true };
    let Ok(changes) = server.store().watch(resource.kind, from) else {
        // Once a watch was begun, what goes wrong comes as an event.
        watcher.send_line(
            &json!({ "type": "ERROR", "object": Status::expired(format!("too old resource version: {from} ({current})")).to_json() }),
        );
        return Ok(Response::stream("application/json", receiver));
    };
    if options.initial_events.unwrap_or(from_now) {
        for object in existing.iter().filter(|object| watcher.filter.matches(object)).cloned().collect::<Vec<_>>() {
            watcher.send("ADDED", &object);
        }
    }
    if options.initial_events == Some(true) && request.flag("allowWatchBookmarks") {
        watcher.bookmark(true);
    }
    let seconds = request.query("timeoutSeconds").and_then(|s| s.parse::<u64>().ok()).filter(|s| *s > 0);
    let sim = server.sim().clone();
    server.sim().spawn(async move {
        let (gone, run) = (watcher.sender.clone(), watcher.run(changes));
        // A client that has gone leaves nothing behind, even if nothing ever changes.
        let run = select(Box::pin(run), Box::pin(async move { gone.closed().await }));
        match seconds {
            Some(seconds) => drop(sim.timeout(Duration::from_secs(seconds), run).await),
            None => drop(run.await),
        }
    });
    Ok(Response::stream("application/json", receiver))
}

struct Watcher {
    server: ApiServer,
    request: Request,
    kind: Kind,
    filter: Filter,
    scope: Option<Rc<str>>,
    sender: Sender<Vec<u8>>,
    /// Changes up to this revision are none of the client's business.
    from: u64,
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
                Err(_) => self.bookmark(false),
            }
            if self.sender.is_closed() {
                return;
            }
        }
    }

    /// Sends what a change means for those who see only what the filter lets through.
    fn change(&mut self, change: &Change) {
        let elsewhere = self.scope.as_deref().is_some_and(|namespace| namespace != change.object.namespace());
        if elsewhere || change.revision <= self.from {
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

    /// Tells up to which revision all was sent.
    fn bookmark(&mut self, initial_end: bool) {
        let info = self.kind.info();
        let revision = self.server.store().revision().to_string();
        let mut metadata = json!({ "resourceVersion": revision });
        if initial_end {
            metadata["annotations"] = json!({ INITIAL_EVENTS_END: "true" });
        }
        let mut object = json!({ "kind": info.kind, "apiVersion": info.api_version(), "metadata": metadata });
        if let (Some(entries), Some(type_)) = (object.as_object_mut(), Schema::get().kind(info.group, info.kind)) {
            encode::complete(type_, entries);
        }
        self.send_line(&json!({ "type": "BOOKMARK", "object": object }));
    }

    fn send_line(&self, event: &Value) {
        let mut line = crate::api::go_order::to_vec(event);
        line.push(b'\n');
        let _ = self.sender.send(line);
    }
}

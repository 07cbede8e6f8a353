//! Typed access to the API server for every component, and the REST door for programs.
//!
//! A client knows who acts and because of what; both go into the trace with every write.

mod correlator;
mod events;
mod watch;

pub use crate::apiserver::{
    ApiServer, Body, DeleteOptions, ExecStream, LogOptions, Method, NodeApi, PortForwardStream, Propagation, Request, Response,
};
pub use watch::{Source, Watch, WatchEvent, changed};

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, OwnerReference, Time as ApiTime};

use crate::api::{Key, Object, Status, object::Typed};
use crate::apiserver::{Origin, Subresource, WriteOptions};
use crate::sim::Sim;

/// How long a request, and its answer, are on the way to a server nearby.
const WIRE: Duration = Duration::from_millis(3);

/// Someone who uses the API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    server: ApiServer,
    origin: Origin,
    recorder: Rc<RefCell<events::Recorder>>,
    /// What every request of [`Client::send`] carries besides its own headers.
    headers: Rc<Vec<(String, String)>>,
}

impl Client {
    /// `actor`'s access to `server`.
    pub fn new(server: &ApiServer, actor: &str) -> Client {
        Client { server: server.clone(), origin: Origin::new(actor), recorder: Rc::default(), headers: Rc::default() }
    }

    /// The same access for somebody else.
    #[must_use]
    pub fn as_actor(&self, actor: &str) -> Client {
        Client { origin: Origin::new(actor), ..self.clone() }
    }

    /// The same access, acting because of a trace event.
    #[must_use]
    pub fn because(&self, trace_seq: u64) -> Client {
        Client { origin: Origin { actor: self.origin.actor.clone(), cause: Some(trace_seq) }, ..self.clone() }
    }

    /// The same access, whose requests carry a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Client {
        Rc::make_mut(&mut self.headers).push((name.to_owned(), value.to_owned()));
        self
    }

    /// Who acts.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
    /// The simulation.
    pub fn sim(&self) -> &Sim {
        self.server.sim()
    }
    /// The server, for those who serve it (kubelets, the bridge).
    pub fn server(&self) -> &ApiServer {
        &self.server
    }
    /// Now, in whole seconds.
    pub fn now(&self) -> ApiTime {
        self.server.api_time()
    }
    /// Now, in microseconds.
    pub fn micro_now(&self) -> MicroTime {
        self.server.micro_time()
    }

    /// The object, if it exists.
    pub fn get<T: Typed>(&self, namespace: &str, name: &str) -> Option<Rc<T>> {
        self.server.store().get(&Key::new(T::KIND, namespace, name))?.typed()
    }

    /// The objects of a namespace, or of all, sorted by namespace and name.
    pub fn list<T: Typed>(&self, namespace: Option<&str>) -> Vec<Rc<T>> {
        self.server.store().list(T::KIND, namespace).0.iter().filter_map(Object::typed).collect()
    }

    /// Adds an object.
    pub fn create<T: Typed>(&self, object: T) -> Result<Rc<T>, Status> {
        typed(self.server.create(&self.origin, object.into(), WriteOptions::default())?)
    }

    /// Replaces an object (its status stays). A stale `resourceVersion` is a conflict, none is not.
    pub fn update<T: Typed>(&self, object: T) -> Result<Rc<T>, Status> {
        self.write(object, Subresource::None)
    }

    /// Replaces an object's status.
    pub fn update_status<T: Typed>(&self, object: T) -> Result<Rc<T>, Status> {
        self.write(object, Subresource::Status)
    }

    /// Replaces a namespace's finalizers; the last one gone, a deleted namespace goes too.
    pub fn finalize(&self, namespace: Namespace) -> Result<Rc<Namespace>, Status> {
        self.write(namespace, Subresource::Finalize)
    }

    fn write<T: Typed>(&self, object: T, subresource: Subresource) -> Result<Rc<T>, Status> {
        typed(self.server.update(&self.origin, object.into(), subresource, WriteOptions::default())?)
    }

    /// Deletes an object.
    pub fn delete<T: Typed>(&self, namespace: &str, name: &str, options: DeleteOptions) -> Result<(), Status> {
        self.delete_key(&Key::new(T::KIND, namespace, name), options)
    }

    /// Deletes the object at `key`.
    pub fn delete_key(&self, key: &Key, options: DeleteOptions) -> Result<(), Status> {
        self.server.delete(&self.origin, key, &options).map(|_| ())
    }

    /// Binds a pod to a node.
    pub fn bind(&self, namespace: &str, pod: &str, node: &str) -> Result<(), Status> {
        self.server.bind(&self.origin, namespace, pod, node, WriteOptions::default())
    }

    /// Untyped access: the objects of any kind.
    pub fn list_kind(&self, kind: crate::api::Kind, namespace: Option<&str>) -> Vec<Object> {
        self.server.store().list(kind, namespace).0
    }

    /// Untyped access: replaces an object of any kind.
    pub fn update_object(&self, object: Object) -> Result<Object, Status> {
        self.server.update(&self.origin, object, Subresource::None, WriteOptions::default())
    }

    /// What exists now, then what changes.
    pub fn watch<T: Typed>(&self) -> Watch<T> {
        Watch::new(&self.server)
    }

    /// Sends a request as REST; what `kubectl` and `curl` do.
    pub async fn send(&self, mut request: Request) -> Response {
        request.origin = self.origin.clone();
        request.headers.extend(self.headers.iter().cloned());
        // Meanwhile the cluster goes on: what follows from one request has begun before the next one comes.
        self.sim().sleep(WIRE).await;
        let response = self.server.handle(request);
        self.sim().sleep(WIRE).await;
        response
    }
}

fn typed<T: Typed>(object: Object) -> Result<Rc<T>, Status> {
    object.typed().ok_or_else(|| Status::internal("the object changed its kind"))
}

/// A reference to `object`, as events carry it.
pub fn reference_to<T: Typed>(object: &T) -> ObjectReference {
    let (info, meta) = (T::KIND.info(), object.meta());
    ObjectReference {
        api_version: Some(info.api_version()),
        kind: Some(info.kind.into()),
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
        uid: meta.uid.clone(),
        resource_version: meta.resource_version.clone(),
        field_path: None,
    }
}

/// A reference that makes `owner` the controller of what carries it.
pub fn controller_reference<T: Typed>(owner: &T) -> OwnerReference {
    let (info, meta) = (T::KIND.info(), owner.meta());
    OwnerReference {
        api_version: info.api_version(),
        kind: info.kind.into(),
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

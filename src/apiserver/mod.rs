//! The API server: REST at the edge, typed operations within, the store behind.
//!
//! Data flow of a write: decode → default → mutating admission → strategy → validation → store. In-process
//! components (through `client`) enter at the typed operations, and meet the same admission and validation.

pub mod admission;
mod codec;
mod deletion;
mod negotiate;
mod node_api;
mod operations;
mod request;
pub mod rest;
mod service_strategy;
mod strategy;
mod table;

pub use codec::FieldValidation;
pub use deletion::{DeleteOptions, Propagation};
pub use node_api::{ExecStream, LogOptions, NodeApi, PortForwardStream};
pub use operations::{Subresource, WriteOptions};
pub use request::{Body, Method, Request, Response};
pub use table::pod::ready_and_status as pod_ready_and_status;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time as ApiTime};

use crate::sim::Sim;
pub use crate::store::Origin;
use crate::store::Store;

/// The version that the server says it is.
pub const VERSION: &str = "v1.36.2";

/// The API server. A cheap handle.
#[derive(Clone)]
pub struct ApiServer(Rc<Inner>);

struct Inner {
    sim: Sim,
    store: Store,
    nodes: RefCell<BTreeMap<String, Rc<dyn NodeApi>>>,
}

impl ApiServer {
    /// A server over an empty store.
    pub fn new(sim: &Sim) -> ApiServer {
        ApiServer(Rc::new(Inner { sim: sim.clone(), store: Store::new(sim.clone()), nodes: RefCell::default() }))
    }

    /// The simulation.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Makes the kubelet of `node` reachable for logs, exec, attach and port-forward.
    pub fn register_node(&self, node: &str, api: Rc<dyn NodeApi>) {
        self.0.nodes.borrow_mut().insert(node.to_owned(), api);
    }

    /// Makes the kubelet of `node` unreachable.
    pub fn unregister_node(&self, node: &str) {
        self.0.nodes.borrow_mut().remove(node);
    }

    fn node(&self, name: &str) -> Option<Rc<dyn NodeApi>> {
        self.0.nodes.borrow().get(name).cloned()
    }

    /// Now, as `metav1.Time` holds it: whole seconds.
    pub fn api_time(&self) -> ApiTime {
        let seconds = self.sim().timestamp().as_second();
        ApiTime(jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MIN))
    }

    /// Now, as `metav1.MicroTime` holds it.
    pub fn micro_time(&self) -> MicroTime {
        let micros = self.sim().timestamp().as_microsecond();
        MicroTime(jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MIN))
    }
}

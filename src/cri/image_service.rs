//! The images that a node holds, and pulling more. Models `pkg/kubelet/images` and CRI's ImageService.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::images::{PullError, PulledImage, Reference, Registry};
use crate::sim::channel::Notify;
use crate::sim::{Sim, Time};

/// How long a pull took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullTimes {
    /// The pull itself.
    pub pull: Duration,
    /// With the wait for pulls before it.
    pub with_waiting: Duration,
}

/// A node's images. Pulls happen one after another, as with the kubelet's `serializeImagePulls`.
pub struct ImageService {
    sim: Sim,
    registry: Registry,
    local: RefCell<BTreeMap<String, Rc<PulledImage>>>,
    pulling: Cell<bool>,
    transfer: RefCell<Option<Transfer>>,
    changed: Notify,
}

/// Layers on their way from the registry.
struct Transfer {
    image: String,
    began: Time,
    length: Duration,
}

impl ImageService {
    /// A node without images.
    pub fn new(sim: &Sim, registry: &Registry) -> ImageService {
        ImageService {
            sim: sim.clone(),
            registry: registry.clone(),
            local: RefCell::default(),
            pulling: Cell::new(false),
            transfer: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// The image, if it is on the node.
    pub fn local(&self, reference: &Reference) -> Option<Rc<PulledImage>> {
        self.local.borrow().get(&reference.to_string()).cloned()
    }

    /// Every image on the node, by name.
    pub fn list(&self) -> Vec<Rc<PulledImage>> {
        self.local.borrow().values().cloned().collect()
    }

    /// Removes an image; says whether it was there.
    pub fn remove(&self, reference: &Reference) -> bool {
        self.local.borrow_mut().remove(&reference.to_string()).is_some()
    }

    /// Pulls an image, after those asked for before.
    pub async fn pull(&self, reference: &Reference) -> Result<(Rc<PulledImage>, PullTimes), PullError> {
        let asked = self.sim.now();
        loop {
            let changed = self.changed.notified();
            if !self.pulling.replace(true) {
                break;
            }
            changed.await;
        }
        let _turn = Turn(self);
        let began = self.sim.now();
        // What is on the node already needs only the registry's word that it is still the same.
        let present = self.local(reference).is_some();
        let sending = |length| *self.transfer.borrow_mut() = Some(Transfer { image: reference.to_string(), began: self.sim.now(), length });
        let result = self.registry.pull(reference, present, sending).await;
        let times = PullTimes { pull: self.sim.now().since(began), with_waiting: self.sim.now().since(asked) };
        let image = result?;
        self.local.borrow_mut().insert(reference.to_string(), image.clone());
        Ok((image, times))
    }

    /// How much of an image (what stands in `image:`) has come, from 0 to 1, while its layers are on their way.
    pub fn progress(&self, image: &str) -> Option<f64> {
        let reference = Reference::parse(image).ok()?;
        let transfer = self.transfer.borrow();
        let transfer = transfer.as_ref().filter(|transfer| transfer.image == reference.to_string())?;
        let passed = self.sim.now().since(transfer.began).as_secs_f64();
        Some((passed / transfer.length.as_secs_f64().max(f64::EPSILON)).clamp(0.0, 1.0))
    }

    /// Puts an image on the node without waiting, as a node that was used before has it.
    pub fn preload(&self, reference: &Reference) -> Result<Rc<PulledImage>, PullError> {
        let image = self.registry.find(reference)?;
        self.local.borrow_mut().insert(reference.to_string(), image.clone());
        Ok(image)
    }
}

/// Gives the turn to the next pull when dropped, also when the pull was given up.
struct Turn<'a>(&'a ImageService);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.pulling.set(false);
        self.0.transfer.replace(None);
        self.0.changed.notify();
    }
}

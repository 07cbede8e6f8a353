//! The registries of the simulated world: what they hold, how fast they are, and how they refuse.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::{Config, Image, Reference};
use crate::process::{FileSystem, Layer, Vfs};
use crate::sim::{Rng, Sim};

/// What a registry answers slowly takes at least, and how fast it delivers.
const PULL_LATENCY_MILLIS: std::ops::Range<u64> = 350..700;
const BYTES_PER_SECOND: u64 = 40_000_000;
/// What unpacking adds.
const UNPACK_BYTES_PER_SECOND: u64 = 120_000_000;

/// Registries whose hosts exist. Any other host name has no address.
const HOSTS: &[&str] = &["docker.io", "gcr.io", "registry.k8s.io", "ghcr.io", "quay.io"];

/// All registries. A cheap handle.
#[derive(Clone)]
pub struct Registry(Rc<Inner>);

struct Inner {
    sim: Sim,
    rng: Rng,
    extra: RefCell<Vec<Rc<dyn Image>>>,
    layers: RefCell<BTreeMap<String, Rc<PulledImage>>>,
    /// The files that every node begins with.
    machine: RefCell<Option<Rc<Layer>>>,
    /// Whether nothing answers.
    down: Cell<bool>,
    /// What every pull takes longer.
    slow_down: Cell<Duration>,
}

/// An image as a node holds it after a pull.
pub struct PulledImage {
    /// `docker.io/library/nginx:1.27`.
    pub reference: Reference,
    /// The image's own identity: `sha256:…` of its configuration.
    pub id: String,
    /// The manifest's digest: `sha256:…`.
    pub digest: String,
    /// What was pulled, in bytes.
    pub size_bytes: u64,
    /// How to start a container.
    pub config: Config,
    /// Its files.
    pub layer: Rc<Layer>,
}

impl PulledImage {
    /// `docker.io/library/nginx@sha256:…`: what stands as `imageID` in a pod's status.
    pub fn repo_digest(&self) -> String {
        format!("{}@{}", self.reference.name(), self.digest)
    }
}

/// Why a pull failed: the runtime's sentence, as it ends up in events and `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullError(pub String);

impl Registry {
    /// The registries with everything in [`super::ALL`].
    pub fn new(sim: Sim) -> Registry {
        let rng = sim.rng().fork("registry");
        Registry(Rc::new(Inner {
            sim,
            rng,
            extra: RefCell::default(),
            layers: RefCell::default(),
            machine: RefCell::default(),
            down: Cell::new(false),
            slow_down: Cell::new(Duration::ZERO),
        }))
    }

    /// Adds an image, which hides one of the same name.
    pub fn add(&self, image: Rc<dyn Image>) {
        let name = format!("{}:", image.name());
        self.0.layers.borrow_mut().retain(|key, _| !key.starts_with(&name));
        self.0.extra.borrow_mut().insert(0, image);
    }

    /// The files of a node's own disk.
    pub fn machine_layer(&self) -> Rc<Layer> {
        let make = || {
            let fs = FileSystem::new();
            super::base::node(&Vfs::new(fs.clone()));
            fs.freeze()
        };
        self.0.machine.borrow_mut().get_or_insert_with(make).clone()
    }

    /// The images that were added.
    pub fn added(&self) -> Vec<Rc<dyn Image>> {
        self.0.extra.borrow().clone()
    }

    /// Makes every registry unreachable, or reachable again.
    pub fn set_down(&self, down: bool) {
        self.0.down.set(down);
    }

    /// Makes every pull take `by` longer.
    pub fn set_slow_down(&self, by: Duration) {
        self.0.slow_down.set(by);
    }

    /// Pulls an image: takes its time, then gives the image or containerd's error. What is `present` is not sent again;
    /// otherwise `sending` is told how long the layers will take once they begin to come.
    pub async fn pull(&self, reference: &Reference, present: bool, sending: impl FnOnce(Duration)) -> Result<Rc<PulledImage>, PullError> {
        let (sim, rng) = (&self.0.sim, &self.0.rng);
        let latency = Duration::from_millis(PULL_LATENCY_MILLIS.start + rng.below(PULL_LATENCY_MILLIS.end - PULL_LATENCY_MILLIS.start));
        sim.sleep(latency + self.0.slow_down.get()).await;
        self.check_reachable(reference).await?;
        let image = self.find(reference)?;
        if present {
            return Ok(image);
        }
        let seconds = |rate: u64| Duration::from_millis(image.size_bytes * 1000 / rate);
        let length = seconds(BYTES_PER_SECOND) + seconds(UNPACK_BYTES_PER_SECOND);
        sending(length);
        sim.sleep(length).await;
        self.check_reachable(reference).await?;
        Ok(image)
    }

    async fn check_reachable(&self, reference: &Reference) -> Result<(), PullError> {
        let host = if reference.domain == "docker.io" { "registry-1.docker.io" } else { &reference.domain };
        let by = reference.digest.as_ref().or(reference.tag.as_ref()).map_or("latest", String::as_str);
        let request = format!("failed to do request: Head \"https://{host}/v2/{}/manifests/{by}\"", reference.path);
        let declared = self.0.extra.borrow().iter().any(|image| image.name() == reference.name());
        if !declared && !HOSTS.contains(&reference.domain.as_str()) {
            let name = reference.domain.split(':').next().unwrap_or_default();
            let why = match name {
                "localhost" | "127.0.0.1" => {
                    let port = reference.domain.split_once(':').map_or("443", |(_, port)| port);
                    format!("dial tcp 127.0.0.1:{port}: connect: connection refused")
                }
                _ => format!("dial tcp: lookup {name}: no such host"),
            };
            return Err(unresolved(reference, "Unknown", &format!("{request}: {why}")));
        }
        if self.0.down.get() {
            self.0.sim.sleep(Duration::from_secs(30)).await;
            return Err(unresolved(reference, "Unknown", &format!("{request}: dial tcp: i/o timeout")));
        }
        Ok(())
    }

    /// The image behind a reference, at once.
    pub fn find(&self, reference: &Reference) -> Result<Rc<PulledImage>, PullError> {
        let name = reference.name();
        let extra = self.0.extra.borrow();
        let all = extra.iter().map(|image| image.as_ref()).chain(super::ALL.iter().copied());
        let Some(image) = all.into_iter().find(|image| image.name() == name) else {
            let why = "pull access denied, repository does not exist or may require authorization: \
                       server message: insufficient_scope: authorization failed";
            let (code, why) = match reference.domain.as_str() {
                "docker.io" => ("Unknown", why.to_owned()),
                _ => ("NotFound", format!("{reference}: not found")),
            };
            return Err(unresolved(reference, code, &why));
        };
        let wanted = |tag: &&super::Tag| match (&reference.digest, &reference.tag) {
            (Some(digest), _) => *digest == digest_of(&name, &tag.name, "manifest"),
            (None, Some(wanted)) => *wanted == tag.name,
            (None, None) => tag.name == "latest",
        };
        let Some(tag) = image.tags().iter().find(wanted) else {
            return Err(unresolved(reference, "NotFound", &format!("{reference}: not found")));
        };
        let key = reference.to_string();
        if let Some(pulled) = self.0.layers.borrow().get(&key) {
            return Ok(pulled.clone());
        }
        let fs = FileSystem::new();
        image.install(&tag.name, &Vfs::new(fs.clone()));
        let pulled = Rc::new(PulledImage {
            reference: reference.clone(),
            id: digest_of(&name, &tag.name, "config"),
            digest: digest_of(&name, &tag.name, "manifest"),
            size_bytes: tag.size_bytes,
            config: image.config(&tag.name),
            layer: fs.freeze(),
        });
        self.0.layers.borrow_mut().insert(key, pulled.clone());
        Ok(pulled)
    }
}

fn unresolved(reference: &Reference, code: &str, why: &str) -> PullError {
    PullError(format!(
        "rpc error: code = {code} desc = failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {why}"
    ))
}

/// An invented digest that is always the same for the same image.
fn digest_of(name: &str, tag: &str, what: &str) -> String {
    format!("sha256:{}", Rng::new(0).fork(&format!("{name}:{tag}/{what}")).hex(64))
}

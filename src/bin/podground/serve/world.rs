//! The simulated cluster, its clock beside the clock on the wall, and what of it a client has not yet heard.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use podground::apiserver::{Request, Response};
use podground::cluster::{Cluster, Topology};
use podground::sim::{Sim, Time};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Executor steps between two looks at the network.
const STEPS: usize = 20_000;
/// How long a new cluster has run when it is handed over; its clock then shows the time that was asked for.
const SETTLING_SECONDS: i64 = 120;
/// Wall time without any news, after which waiting clients are given the next moments of virtual time.
const QUIET: Duration = Duration::from_millis(15);
/// The same after there was some, which the client may have to think about.
const THINKING: Duration = Duration::from_millis(150);
/// The most virtual time that passes at once while clients wait for something to happen.
const LEAP: Duration = Duration::from_secs(5);
/// How much virtual time a request takes, there and back, while time stands still otherwise.
const ROUND_TRIP: Duration = Duration::from_millis(8);
/// How far virtual time may lag behind the wall before the lag is forgiven.
const LAG: Duration = Duration::from_secs(1);

/// How virtual time goes with the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many virtual seconds a second; 0 stands still.
    Speed(f64),
    /// It stands still unless a client waits on an open stream (a watch, a log, an exec); then it leaps to the next news.
    OnDemand,
}

/// What a cluster is made from.
#[derive(Clone)]
pub struct Recipe {
    pub seed: u64,
    pub topology: Topology,
    /// What its clock shows when it is handed over, in seconds since 1970; none: what the wall shows.
    pub start: Option<i64>,
}

struct Running {
    sim: Sim,
    cluster: Cluster,
    recipe: Recipe,
}

/// The world that is served. Everything runs in one thread.
pub struct World {
    running: RefCell<Running>,
    pace: Cell<Pace>,
    /// A moment on the wall, and the virtual time that went with it.
    anchor: Cell<(Instant, Time)>,
    poke: Notify,
    /// Counts what the simulation told any client.
    news: Arc<AtomicU64>,
    /// Streams that clients wait on.
    waiting: Cell<usize>,
    /// Counts resets; connections end with their world.
    generation: watch::Sender<u64>,
}

#[allow(clippy::disallowed_types, reason = "this is the edge where wall time comes in")]
fn wall_seconds() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Recipe {
    fn cook(self) -> Running {
        let start = self.start.unwrap_or_else(wall_seconds);
        let sim = Sim::new(self.seed, start - SETTLING_SECONDS);
        let cluster = Cluster::start(&sim, &self.topology);
        Running { sim, cluster, recipe: self }
    }
}

impl World {
    pub fn new(recipe: Recipe, pace: Pace) -> Rc<World> {
        let running = recipe.cook();
        let anchor = (Instant::now(), running.sim.now());
        Rc::new(World {
            running: RefCell::new(running),
            pace: Cell::new(pace),
            anchor: Cell::new(anchor),
            poke: Notify::new(),
            news: Arc::default(),
            waiting: Cell::new(0),
            generation: watch::Sender::new(0),
        })
    }

    pub fn sim(&self) -> Sim {
        self.running.borrow().sim.clone()
    }

    pub fn cluster(&self) -> Cluster {
        self.running.borrow().cluster.clone()
    }

    pub fn recipe(&self) -> Recipe {
        self.running.borrow().recipe.clone()
    }

    /// A new cluster in place of the old one; whoever is connected to the old one is cut off.
    pub fn reset(&self, recipe: Recipe) {
        let fresh = recipe.cook();
        let old = self.running.replace(fresh);
        old.sim.end();
        self.set_pace(self.pace.get());
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// Changes at the next reset.
    pub fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    pub fn pace(&self) -> Pace {
        self.pace.get()
    }

    pub fn set_pace(&self, pace: Pace) {
        self.pace.set(pace);
        self.anchor.set((Instant::now(), self.sim().now()));
        self.poke();
    }

    /// Lets virtual time pass at once, whatever the pace.
    pub async fn advance(&self, by: Duration) {
        let sim = self.sim();
        let target = sim.now() + by;
        while sim.run_until(target, STEPS).busy {
            tokio::task::yield_now().await;
        }
        self.set_pace(self.pace.get());
    }

    /// Answers a request at the moment that the wall says.
    pub fn handle(&self, request: Request) -> Response {
        self.catch_up();
        let on_demand = self.pace.get() == Pace::OnDemand;
        if on_demand {
            self.pass(ROUND_TRIP / 2);
        }
        let response = self.cluster().server().handle(request);
        if on_demand {
            self.pass(ROUND_TRIP / 2);
        }
        self.poke();
        response
    }

    fn pass(&self, by: Duration) {
        let sim = self.sim();
        sim.run_until(sim.now() + by, STEPS);
    }

    /// Tells the simulation that there is something to do.
    pub fn poke(&self) {
        self.poke.notify_one();
    }

    fn target(&self, speed: f64) -> Time {
        let (wall, virtual_time) = self.anchor.get();
        virtual_time + wall.elapsed().mul_f64(speed)
    }

    /// Runs up to what the wall says. Returns whether there is more to do.
    fn catch_up(&self) -> bool {
        let sim = self.sim();
        let Pace::Speed(speed) = self.pace.get() else { return sim.run_ready(STEPS).busy };
        let target = self.target(speed);
        let progress = sim.run_until(target, STEPS);
        if progress.busy && target.since(sim.now()) > LAG.mul_f64(speed.max(1.0)) {
            self.anchor.set((Instant::now(), sim.now()));
        }
        progress.busy
    }

    /// Drives the simulation for ever.
    pub async fn drive(&self) {
        let mut heard = 0;
        loop {
            let busy = self.catch_up();
            if busy {
                tokio::task::yield_now().await;
                continue;
            }
            match self.pace.get() {
                Pace::Speed(speed) => {
                    let next = self.sim().next_timer().filter(|_| speed > 0.0);
                    let wait = next.map(|at| at.since(self.target(speed)).div_f64(speed).max(Duration::from_millis(1)));
                    match wait {
                        Some(wait) => drop(tokio::time::timeout(wait, self.poke.notified()).await),
                        None => self.poke.notified().await,
                    }
                }
                Pace::OnDemand if self.waiting.get() == 0 => self.poke.notified().await,
                Pace::OnDemand => {
                    let before = self.news();
                    let quiet = if before == heard { QUIET } else { THINKING };
                    heard = before;
                    let poked = tokio::time::timeout(quiet, self.poke.notified()).await.is_ok();
                    if !poked && before == self.news() && self.waiting.get() > 0 {
                        self.leap();
                    }
                }
            }
        }
    }

    /// Lets virtual time pass until a client hears something.
    fn leap(&self) {
        let sim = self.sim();
        let (before, end) = (self.news(), sim.now() + LEAP);
        while self.news() == before && sim.now() < end && sim.next_timer().is_some_and(|at| at <= end) {
            sim.step(STEPS);
        }
        if self.news() == before && sim.now() < end {
            sim.run_until(end, STEPS);
        }
    }

    fn news(&self) -> u64 {
        self.news.load(Ordering::Relaxed)
    }

    /// `future`, which waits for something of the simulation, noted as news when it is woken.
    pub fn hear<F>(&self, future: F) -> Hear<F> {
        Hear { future, news: self.news.clone() }
    }

    /// Counts a stream that a client waits on, until it is dropped.
    pub fn waiter(self: &Rc<World>) -> Waiter {
        self.waiting.set(self.waiting.get() + 1);
        self.poke();
        Waiter(self.clone())
    }

    /// How many streams clients wait on.
    pub fn waiters(&self) -> usize {
        self.waiting.get()
    }
}

/// See [`World::waiter`].
pub struct Waiter(Rc<World>);

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get().saturating_sub(1));
        // The simulation may have something to tidy up.
        self.0.poke();
    }
}

/// See [`World::hear`].
pub struct Hear<F> {
    future: F,
    news: Arc<AtomicU64>,
}

impl<F: Future + Unpin> Future for Hear<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let bell = Arc::new(Bell { news: self.news.clone(), waker: cx.waker().clone() });
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&Waker::from(bell)))
    }
}

struct Bell {
    news: Arc<AtomicU64>,
    waker: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.news.fetch_add(1, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}

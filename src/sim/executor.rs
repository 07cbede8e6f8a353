//! A single-threaded executor in which time moves only when nothing is ready.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::{LocalBoxFuture, Rng, Time, Trace, channel};

type TaskId = u64;
type ReadyQueue = Arc<Mutex<VecDeque<TaskId>>>;

/// The simulation: clock, randomness, tasks and trace. A cheap handle; clones are the same simulation.
#[derive(Clone)]
pub struct Sim(Rc<Inner>);

struct Inner {
    now: Cell<Time>,
    epoch_unix_nanos: i128,
    rng: Rng,
    trace: Trace,
    tasks: RefCell<BTreeMap<TaskId, Task>>,
    ready: ReadyQueue,
    timers: RefCell<BTreeMap<(Time, u64), Waker>>,
    next_id: Cell<u64>,
    steps: Cell<u64>,
}

struct Task {
    future: LocalBoxFuture<'static, ()>,
    waker: Waker,
}

struct TaskWaker {
    id: TaskId,
    ready: ReadyQueue,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        // The lock is never contended (one thread) and never poisoned (nothing panics while holding it).
        if let Ok(mut ready) = self.ready.lock() {
            ready.push_back(self.id);
        }
    }
}

/// What a call that runs the simulation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Task steps taken.
    pub steps: usize,
    /// Whether work was left because the step limit was reached.
    pub busy: bool,
}

impl Sim {
    /// A simulation whose clock shows `unix_seconds` at its beginning.
    pub fn new(seed: u64, unix_seconds: i64) -> Self {
        Sim(Rc::new(Inner {
            now: Cell::new(Time::ZERO),
            epoch_unix_nanos: i128::from(unix_seconds) * 1_000_000_000,
            rng: Rng::new(seed),
            trace: Trace::default(),
            tasks: RefCell::default(),
            ready: ReadyQueue::default(),
            timers: RefCell::default(),
            next_id: Cell::new(1),
            steps: Cell::new(0),
        }))
    }

    /// Virtual time since the beginning.
    pub fn now(&self) -> Time {
        self.0.now.get()
    }

    /// What a clock inside the simulation shows.
    pub fn timestamp(&self) -> jiff::Timestamp {
        let nanos = self.0.epoch_unix_nanos + i128::from(self.now().as_nanos());
        jiff::Timestamp::from_nanosecond(nanos).unwrap_or(jiff::Timestamp::MAX)
    }

    /// The shared generator. Components that draw often take a [`Rng::fork`].
    pub fn rng(&self) -> &Rng {
        &self.0.rng
    }

    /// The record of what happened and because of what.
    pub fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// Runs `future` as a task. Dropping the handle leaves it running; [`JoinHandle::abort`] ends it.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> JoinHandle<T> {
        let id = self.next_id();
        let (sender, receiver) = channel::oneshot();
        let future = Box::pin(async move {
            let _ = sender.send(future.await);
        });
        let waker = Waker::from(Arc::new(TaskWaker { id, ready: self.0.ready.clone() }));
        waker.wake_by_ref();
        self.0.tasks.borrow_mut().insert(id, Task { future, waker });
        JoinHandle { sim: self.clone(), id, receiver }
    }

    /// Completes when `duration` of virtual time has passed.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// Completes at `deadline`.
    pub fn sleep_until(&self, deadline: Time) -> Sleep {
        Sleep { sim: self.clone(), deadline, key: None }
    }

    /// Lets every other ready task run once before going on.
    pub async fn yield_now(&self) {
        let mut yielded = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// `future`'s result, or `Err(Timeout)` when `limit` of virtual time passes first.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Result<F::Output, Timeout> {
        let future = std::pin::pin!(future);
        match futures_util::future::select(future, self.sleep(limit)).await {
            futures_util::future::Either::Left((value, _)) => Ok(value),
            futures_util::future::Either::Right(_) => Err(Timeout),
        }
    }

    /// Runs ready tasks without moving the clock, `max_steps` steps at most.
    pub fn run_ready(&self, max_steps: usize) -> Progress {
        let mut steps = 0;
        while steps < max_steps {
            let Some(id) = self.pop_ready() else { return Progress { steps, busy: false } };
            let Some(mut task) = self.0.tasks.borrow_mut().remove(&id) else { continue };
            steps += 1;
            self.0.steps.set(self.0.steps.get() + 1);
            let waker = task.waker.clone();
            if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.0.tasks.borrow_mut().insert(id, task);
            }
        }
        Progress { steps, busy: self.has_ready() }
    }

    /// Runs everything up to `deadline`, `max_steps` steps at most, and leaves the clock there
    /// (or, if the limit was reached, where it got to).
    pub fn run_until(&self, deadline: Time, max_steps: usize) -> Progress {
        let mut steps = 0;
        loop {
            let progress = self.run_ready(max_steps - steps);
            steps += progress.steps;
            if progress.busy {
                return Progress { steps, busy: true };
            }
            match self.next_timer() {
                Some(at) if at <= deadline => self.fire_timers(at),
                _ => break,
            }
            if steps >= max_steps {
                return Progress { steps, busy: true };
            }
        }
        if self.now() < deadline {
            self.0.now.set(deadline);
        }
        Progress { steps, busy: false }
    }

    /// Ends the simulation: every task is dropped, and with them what they hold of each other.
    pub fn end(&self) {
        // What is dropped may start new tasks, which end in the next round.
        const ROUNDS: usize = 8;
        for _ in 0..ROUNDS {
            let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
            if tasks.is_empty() {
                return;
            }
            drop(tasks);
        }
    }

    /// Steps taken since the beginning. With the time it names a point of the run exactly (see [`Sim::replay_to`]).
    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    /// Runs to the point at which the clock showed `time` and `steps` steps had been taken in an equal run.
    pub fn replay_to(&self, time: Time, steps: u64) {
        loop {
            let left = usize::try_from(steps.saturating_sub(self.steps())).unwrap_or(usize::MAX);
            if left == 0 && (self.has_ready() || self.next_timer().is_some_and(|at| at <= time)) {
                // The point lies within an instant: the clock is there already.
                return;
            }
            if !self.run_until(time, left).busy {
                return;
            }
        }
    }

    /// Runs ready tasks; if there are none, jumps to the next timer and runs what it wakes. Returns
    /// `false` when there is neither: the simulation is quiescent.
    pub fn step(&self, max_steps: usize) -> bool {
        if self.has_ready() {
            self.run_ready(max_steps);
            return true;
        }
        let Some(at) = self.next_timer() else { return false };
        self.fire_timers(at);
        self.run_ready(max_steps);
        true
    }

    /// When the next timer fires.
    pub fn next_timer(&self) -> Option<Time> {
        self.0.timers.borrow().keys().next().map(|(at, _)| *at)
    }

    /// Whether any task could run now.
    pub fn has_ready(&self) -> bool {
        self.0.ready.lock().is_ok_and(|ready| !ready.is_empty())
    }

    fn pop_ready(&self) -> Option<TaskId> {
        self.0.ready.lock().ok()?.pop_front()
    }

    fn fire_timers(&self, at: Time) {
        if at > self.now() {
            self.0.now.set(at);
        }
        loop {
            let first = {
                let mut timers = self.0.timers.borrow_mut();
                match timers.first_key_value() {
                    Some((key, _)) if key.0 <= at => timers.pop_first(),
                    _ => None,
                }
            };
            let Some((_, waker)) = first else { return };
            waker.wake();
        }
    }

    fn next_id(&self) -> u64 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id + 1);
        id
    }

    fn abort(&self, id: TaskId) {
        // Dropped outside of the borrow: a future's drop may spawn or abort.
        let task = self.0.tasks.borrow_mut().remove(&id);
        drop(task);
    }
}

/// A task's handle: await it for its result (`None` if it was aborted), or abort it.
pub struct JoinHandle<T> {
    sim: Sim,
    id: TaskId,
    receiver: channel::OneshotReceiver<T>,
}

impl<T> JoinHandle<T> {
    /// Ends the task at once; everything it holds is dropped. A task must not abort itself.
    pub fn abort(&self) {
        self.sim.abort(self.id);
    }

    /// A function that aborts the task, to be kept apart from the handle.
    pub fn aborter(&self) -> impl Fn() + Clone + 'static + use<T> {
        let (sim, id) = (self.sim.clone(), self.id);
        move || sim.abort(id)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Option<T>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.receiver).poll(cx)
    }
}

/// A moment of virtual time passed before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout;

/// See [`Sim::sleep`].
pub struct Sleep {
    sim: Sim,
    deadline: Time,
    key: Option<(Time, u64)>,
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.sim.now() >= self.deadline {
            if let Some(key) = self.key.take() {
                self.sim.0.timers.borrow_mut().remove(&key);
            }
            return Poll::Ready(());
        }
        let key = *match self.key {
            Some(ref key) => key,
            None => {
                let key = (self.deadline, self.sim.next_id());
                self.key.insert(key)
            }
        };
        self.sim.0.timers.borrow_mut().insert(key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.sim.0.timers.borrow_mut().remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_jumps_to_the_next_timer_and_order_is_kept() {
        let sim = Sim::new(1, 0);
        let log = Rc::new(RefCell::new(Vec::new()));
        for (name, secs) in [("b", 20), ("a", 10), ("c", 300)] {
            let (sim2, log) = (sim.clone(), log.clone());
            sim.spawn(async move {
                sim2.sleep(Duration::from_secs(secs)).await;
                log.borrow_mut().push((name, sim2.now().as_millis()));
            });
        }
        sim.run_until(Time::from_millis(60_000), usize::MAX);
        assert_eq!(*log.borrow(), [("a", 10_000), ("b", 20_000)]);
        assert_eq!(sim.now(), Time::from_millis(60_000));
        while sim.step(100) {}
        assert_eq!(sim.now(), Time::from_millis(300_000));
    }

    #[test]
    fn an_aborted_task_yields_nothing_and_a_timeout_is_seen() {
        let sim = Sim::new(1, 0);
        let sim2 = sim.clone();
        let sleeper = sim.spawn(async move { sim2.sleep(Duration::from_secs(9)).await });
        sleeper.abort();
        let sim2 = sim.clone();
        let outcome = sim.spawn(async move {
            let joined = sleeper.await;
            let timed = sim2.timeout(Duration::from_secs(1), std::future::pending::<()>()).await;
            (joined, timed)
        });
        let result = Rc::new(RefCell::new(None));
        let slot = result.clone();
        sim.spawn(async move { *slot.borrow_mut() = outcome.await });
        while sim.step(100) {}
        assert_eq!(*result.borrow(), Some((None, Err(Timeout))));
        assert_eq!(sim.now(), Time::from_millis(1000), "the aborted sleeper left no timer");
    }

    #[test]
    fn a_busy_loop_is_bounded_by_the_step_limit() {
        let sim = Sim::new(1, 0);
        let sim2 = sim.clone();
        sim.spawn(async move {
            loop {
                sim2.yield_now().await;
            }
        });
        assert_eq!(sim.run_ready(1000), Progress { steps: 1000, busy: true });
    }
}

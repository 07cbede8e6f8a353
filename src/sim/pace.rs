//! Long work in pieces, so that who waits for it can do something else in between.
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::LocalBoxFuture;
use super::executor::Sim;
use super::time::Time;

/// Steps of the simulation between two breaths: most take a fraction of a millisecond, but the first of their kind more.
const STEPS: usize = 1;

/// Says when long work may go on. It decides how fast the work is done, never what comes of it.
pub trait Pace {
    /// Awaited between two pieces of the work.
    fn breath(&self) -> LocalBoxFuture<'_, ()>;
}

/// Work without a pause.
pub struct AtOnce;

impl Pace for AtOnce {
    fn breath(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Does all of the work now. It may wait for nothing but an [`AtOnce`].
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

impl Sim {
    /// The same as [`Sim::run_until`] without a limit, in pieces.
    pub async fn run_until_at(&self, deadline: Time, pace: &dyn Pace) {
        while self.run_until(deadline, STEPS).busy {
            pace.breath().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;

    /// Lets go of the work at every breath, and counts them.
    struct Counting(Cell<usize>);

    impl Pace for Counting {
        fn breath(&self) -> LocalBoxFuture<'_, ()> {
            self.0.set(self.0.get() + 1);
            let mut asked = false;
            Box::pin(std::future::poll_fn(move |_| if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }))
        }
    }

    #[test]
    fn work_in_pieces_comes_to_the_same() {
        let run = |pace: &dyn Pace| {
            let sim = Sim::new(7, 0);
            let ticks = Rc::new(RefCell::new(Vec::new()));
            for period in [3, 5] {
                let (clock, ticks) = (sim.clone(), ticks.clone());
                sim.spawn(async move {
                    loop {
                        clock.sleep(Duration::from_secs(period)).await;
                        ticks.borrow_mut().push((period, clock.now()));
                    }
                });
            }
            at_once(sim.run_until_at(Time::ZERO + Duration::from_secs(40), pace));
            (ticks.take(), sim.now())
        };
        let pace = Counting(Cell::new(0));
        assert_eq!(run(&pace), run(&AtOnce));
        assert!(pace.0.get() > 3, "it was done in {} pieces", pace.0.get() + 1);
    }
}

//! Channels between tasks of one simulation: unbounded queues, single values, and wake-ups.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

struct Queue<T> {
    items: VecDeque<T>,
    waker: Option<Waker>,
    /// Of a sender that waits for the receiver's end.
    closed: Option<Waker>,
    senders: usize,
    receiver: bool,
}

/// The sending end of a queue. The receiver sees the end once every sender is dropped.
pub struct Sender<T>(Rc<RefCell<Queue<T>>>);

/// The receiving end of a queue.
pub struct Receiver<T>(Rc<RefCell<Queue<T>>>);

/// A queue between tasks. It has no limit of its own: whoever sends bounds what he sends.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let queue = Queue { items: VecDeque::new(), waker: None, closed: None, senders: 1, receiver: true };
    let queue = Rc::new(RefCell::new(queue));
    (Sender(queue.clone()), Receiver(queue))
}

impl<T> Sender<T> {
    /// Queues `item`; gives it back when nobody can receive it any more.
    pub fn send(&self, item: T) -> Result<(), T> {
        let waker = {
            let mut queue = self.0.borrow_mut();
            if !queue.receiver {
                return Err(item);
            }
            queue.items.push_back(item);
            queue.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        !self.0.borrow().receiver
    }

    /// Completes when the receiver is gone. One sender at a time can wait for it.
    pub async fn closed(&self) {
        std::future::poll_fn(|cx| {
            let mut queue = self.0.borrow_mut();
            if !queue.receiver {
                return Poll::Ready(());
            }
            queue.closed = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.0.borrow().items.len()
    }

    /// Whether no item waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.borrow_mut().senders += 1;
        Sender(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut queue = self.0.borrow_mut();
            queue.senders -= 1;
            if queue.senders == 0 { queue.waker.take() } else { None }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Receiver<T> {
    /// The next item; `None` when every sender is gone and the queue is empty.
    pub fn recv(&mut self) -> Recv<'_, T> {
        Recv(self)
    }

    /// The next item if one waits.
    pub fn try_recv(&mut self) -> Option<T> {
        self.0.borrow_mut().items.pop_front()
    }

    /// Polls for the next item.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut queue = self.0.borrow_mut();
        if let Some(item) = queue.items.pop_front() {
            return Poll::Ready(Some(item));
        }
        if queue.senders == 0 {
            return Poll::Ready(None);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let (items, closed) = {
            let mut queue = self.0.borrow_mut();
            queue.receiver = false;
            (std::mem::take(&mut queue.items), queue.closed.take())
        };
        drop(items);
        if let Some(waker) = closed {
            waker.wake();
        }
    }
}

/// See [`Receiver::recv`].
pub struct Recv<'a, T>(&'a mut Receiver<T>);

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.poll_recv(cx)
    }
}

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

/// Sends one value.
pub struct OneshotSender<T>(Rc<RefCell<Slot<T>>>);

/// Receives one value: a future of it, or of `None` when the sender was dropped.
pub struct OneshotReceiver<T>(Rc<RefCell<Slot<T>>>);

/// A channel for one value.
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let slot = Rc::new(RefCell::new(Slot { value: None, waker: None, closed: false }));
    (OneshotSender(slot.clone()), OneshotReceiver(slot))
}

impl<T> OneshotSender<T> {
    /// Delivers `value`; gives it back when nobody waits for it.
    pub fn send(self, value: T) -> Result<(), T> {
        if Rc::strong_count(&self.0) == 1 {
            return Err(value);
        }
        self.0.borrow_mut().value = Some(value);
        Ok(())
    }
}

impl<T> Drop for OneshotSender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut slot = self.0.borrow_mut();
            slot.closed = true;
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Option<T>;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut slot = self.0.borrow_mut();
        if let Some(value) = slot.value.take() {
            return Poll::Ready(Some(value));
        }
        if slot.closed {
            return Poll::Ready(None);
        }
        slot.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[derive(Default)]
struct NotifyState {
    generation: u64,
    wakers: Vec<Waker>,
}

/// Wakes everyone who waits. A clone is the same notifier.
#[derive(Clone, Default)]
pub struct Notify(Rc<RefCell<NotifyState>>);

impl Notify {
    /// A new notifier.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes all who wait now.
    pub fn notify(&self) {
        let wakers = {
            let mut state = self.0.borrow_mut();
            state.generation += 1;
            std::mem::take(&mut state.wakers)
        };
        for waker in wakers {
            waker.wake();
        }
    }

    /// Completes at the first [`Notify::notify`] after this call (not after the first poll).
    pub fn notified(&self) -> Notified {
        Notified { notify: self.clone(), generation: self.0.borrow().generation }
    }
}

/// See [`Notify::notified`].
pub struct Notified {
    notify: Notify,
    generation: u64,
}

impl Future for Notified {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.notify.0.borrow_mut();
        if state.generation != self.generation {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|w| w.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

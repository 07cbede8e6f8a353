//! Pipes, and the bridges between a process's descriptors and channels of the simulation.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Errno, File, FileOps, FileType};
use crate::sim::channel;

/// How many bytes a pipe holds before a writer waits; Linux's default.
const CAPACITY_BYTES: usize = 64 * 1024;

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    readers: usize,
    writers: usize,
    /// How many ends were opened so far.
    readers_opened: u64,
    writers_opened: u64,
    wakers: Vec<Waker>,
}

impl State {
    /// An end is closed; what nobody can read any more is gone.
    fn leave(&mut self, reader: bool) {
        let side = if reader { &mut self.readers } else { &mut self.writers };
        *side -= 1;
        if self.readers == 0 && self.writers == 0 {
            self.bytes.clear();
        }
    }

    fn wait(&mut self, cx: &Context<'_>) {
        if !self.wakers.iter().any(|w| w.will_wake(cx.waker())) {
            self.wakers.push(cx.waker().clone());
        }
    }
}

fn wake(state: &RefCell<State>) {
    let wakers = std::mem::take(&mut state.borrow_mut().wakers);
    wakers.into_iter().for_each(Waker::wake);
}

/// The reading end.
pub struct PipeReader {
    state: Rc<RefCell<State>>,
    /// A named pipe: how many writers there had been when nobody wrote. Until another comes it waits.
    alone: Option<u64>,
}

/// The writing end.
pub struct PipeWriter {
    state: Rc<RefCell<State>>,
    /// A named pipe: how many readers there had been when nobody read. Until another comes it waits.
    alone: Option<u64>,
}

/// A pipe: reader and writer.
pub fn pipe() -> (Rc<PipeReader>, Rc<PipeWriter>) {
    let fifo = Fifo::default();
    let writer = fifo.writer();
    (Rc::new(fifo.reader()), Rc::new(writer))
}

/// What a named pipe's name stands for.
#[derive(Clone, Default)]
pub struct Fifo(Rc<RefCell<State>>);

impl Fifo {
    fn reader(&self) -> PipeReader {
        let mut state = self.0.borrow_mut();
        state.readers += 1;
        state.readers_opened += 1;
        PipeReader { state: self.0.clone(), alone: (state.writers == 0).then_some(state.writers_opened) }
    }

    fn writer(&self) -> PipeWriter {
        let mut state = self.0.borrow_mut();
        state.writers += 1;
        state.writers_opened += 1;
        PipeWriter { state: self.0.clone(), alone: (state.readers == 0).then_some(state.readers_opened) }
    }

    /// Opens an end of it, or both. Real ends wait for each other in open(2); these wait at the first read or write.
    pub fn open(&self, read: bool, write: bool) -> File {
        let file: File = match (read, write) {
            (true, true) => Rc::new(Both(self.reader(), self.writer())),
            (_, true) => Rc::new(self.writer()),
            _ => Rc::new(self.reader()),
        };
        wake(&self.0);
        file
    }
}

/// A named pipe opened for both.
struct Both(PipeReader, PipeWriter);

impl FileOps for Both {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        self.0.poll_read(cx, max)
    }
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        self.1.poll_write(cx, bytes)
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.state.borrow_mut().leave(true);
        wake(&self.state);
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.state.borrow_mut().leave(false);
        wake(&self.state);
    }
}

impl FileOps for PipeReader {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let bytes: Vec<u8> = {
            let mut state = self.state.borrow_mut();
            if state.bytes.is_empty() {
                if state.writers == 0 && self.alone != Some(state.writers_opened) {
                    return Poll::Ready(Ok(Vec::new()));
                }
                state.wait(cx);
                return Poll::Pending;
            }
            let n = max.min(state.bytes.len());
            state.bytes.drain(..n).collect()
        };
        wake(&self.state);
        Poll::Ready(Ok(bytes))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, _bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}

impl FileOps for PipeWriter {
    fn poll_read(&self, _cx: &mut Context<'_>, _max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let n = {
            let mut state = self.state.borrow_mut();
            if state.readers == 0 && self.alone == Some(state.readers_opened) {
                state.wait(cx);
                return Poll::Pending;
            }
            if state.readers == 0 {
                return Poll::Ready(Err(Errno::EPIPE));
            }
            let room = CAPACITY_BYTES.saturating_sub(state.bytes.len());
            if room == 0 && !bytes.is_empty() {
                state.wait(cx);
                return Poll::Pending;
            }
            let n = room.min(bytes.len());
            state.bytes.extend(&bytes[..n]);
            n
        };
        wake(&self.state);
        Poll::Ready(Ok(n))
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}

struct Source(RefCell<(channel::Receiver<Vec<u8>>, VecDeque<u8>)>);

impl FileOps for Source {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let (receiver, rest) = &mut *self.0.borrow_mut();
        while rest.is_empty() {
            match receiver.poll_recv(cx) {
                Poll::Ready(Some(bytes)) => rest.extend(bytes),
                Poll::Ready(None) => return Poll::Ready(Ok(Vec::new())),
                Poll::Pending => return Poll::Pending,
            }
        }
        let n = max.min(rest.len());
        Poll::Ready(Ok(rest.drain(..n).collect()))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, _bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}

struct Sink(channel::Sender<Vec<u8>>);

impl FileOps for Sink {
    fn poll_read(&self, _cx: &mut Context<'_>, _max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        match self.0.send(bytes.to_vec()) {
            Ok(()) => Poll::Ready(Ok(bytes.len())),
            Err(_) => Poll::Ready(Err(Errno::EPIPE)),
        }
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}

/// A file that reads what a channel delivers; its end is the file's end.
pub fn channel_source(receiver: channel::Receiver<Vec<u8>>) -> File {
    Rc::new(Source(RefCell::new((receiver, VecDeque::new()))))
}

/// A file whose writes go into a channel.
pub fn channel_sink(sender: channel::Sender<Vec<u8>>) -> File {
    Rc::new(Sink(sender))
}

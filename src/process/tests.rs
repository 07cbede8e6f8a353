use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::vfs::Credentials;
use super::*;
use crate::sim::{Sim, Time};

fn machine(sim: &Sim) -> (Kernel, Namespaces) {
    let vfs = Vfs::new(FileSystem::new());
    vfs.install(
        "/bin/sleep",
        program(|ctx| async move {
            ctx.sleep(Duration::from_secs(60)).await;
            0
        }),
        1,
    );
    vfs.install(
        "/bin/spin",
        program(|ctx| async move {
            loop {
                ctx.step().await;
            }
        }),
        1,
    );
    vfs.install(
        "/bin/yes",
        program(|ctx| async move {
            while ctx.write(1, b"y\n").await.is_ok() {}
            1
        }),
        1,
    );
    let net = crate::network::Network::new(sim.clone()).namespace("test", None, None);
    (Kernel::new(sim, "test"), Namespaces { mount: vfs, net, uts: Uts::new("test"), ipc: 1, cgroup: Cgroup::new(Some(1000), Some(10)) })
}

fn start(kernel: &Kernel, namespaces: &Namespaces, command: &str) -> Child {
    let env = BTreeMap::from([("PATH".into(), "/bin".into())]);
    kernel.spawn(namespaces.clone(), vec![command.into()], env, "/", Credentials::ROOT, BTreeMap::new(), None).unwrap()
}

/// Runs `test` as process 1, and gives its exit code.
fn as_init<Fut: Future<Output = i32> + 'static>(test: impl Fn(ProcessContext) -> Fut + 'static) -> Option<ExitStatus> {
    let sim = Sim::new(1, 0);
    let (kernel, namespaces) = machine(&sim);
    namespaces.mount.install("/bin/test", program(test), 1);
    let child = start(&kernel, &namespaces, "test");
    sim.run_until(Time::from_millis(600_000), 1_000_000);
    child.try_wait().or(match child.process().state() {
        ProcessState::Zombie(status) => Some(status),
        _ => None,
    })
}

#[test]
fn a_writer_whose_reader_is_gone_dies_of_sigpipe() {
    let status = as_init(|ctx| async move {
        let (reader, writer) = pipe();
        let fds = BTreeMap::from([(1, writer as File)]);
        let child = ctx.spawn(Spawn { fds: Some(fds), ..Spawn::new(["yes"]) }).unwrap();
        let file: File = reader;
        let bytes = read_file(&file, 4).await.unwrap();
        drop(file);
        if bytes == b"y\ny\n" && child.wait().await == ExitStatus::Signaled(Signal::PIPE) { 7 } else { 1 }
    });
    assert_eq!(status, Some(ExitStatus::Exited(7)));
}

#[test]
fn process_1_ignores_what_it_has_not_arranged_for_but_not_a_kill_from_outside() {
    let sim = Sim::new(1, 0);
    let (kernel, namespaces) = machine(&sim);
    let child = start(&kernel, &namespaces, "sleep");
    kernel.signal_from_outside(1, Signal::TERM).unwrap();
    sim.run_until(Time::from_millis(10), 1000);
    assert_eq!(child.process().state(), ProcessState::Alive);
    kernel.signal_from_outside(1, Signal::KILL).unwrap();
    sim.run_until(Time::from_millis(20), 1000);
    assert_eq!(child.process().state(), ProcessState::Zombie(ExitStatus::Signaled(Signal::KILL)));
    assert!(kernel.processes().is_empty());
}

#[test]
fn an_endless_loop_burns_virtual_time_and_can_be_stopped() {
    let status = as_init(|ctx| async move {
        let child = ctx.spawn(Spawn::new(["spin"])).unwrap();
        ctx.sleep(Duration::from_millis(20)).await;
        ctx.kill(i64::from(child.pid()), Some(Signal::STOP)).unwrap();
        let stopped = child.wait_or_stop().await;
        let steps = child.process().cpu_steps();
        ctx.sleep(Duration::from_millis(20)).await;
        let idle = child.process().cpu_steps() == steps;
        ctx.kill(i64::from(child.pid()), Some(Signal::CONT)).unwrap();
        ctx.sleep(Duration::from_millis(20)).await;
        let resumed = child.process().cpu_steps() > steps;
        ctx.kill(i64::from(child.pid()), Some(Signal::TERM)).unwrap();
        let ended = child.wait().await;
        i32::from(stopped == ProcessState::Stopped(Signal::STOP) && idle && resumed && ended == ExitStatus::Signaled(Signal::TERM))
    });
    assert_eq!(status, Some(ExitStatus::Exited(1)));
}

#[test]
fn a_fork_bomb_meets_the_process_limit_and_memory_its_own() {
    let status = as_init(|ctx| async move {
        let mut children = Vec::new();
        let refused = loop {
            match ctx.spawn(Spawn::new(["sleep"])) {
                Ok(child) => children.push(child),
                Err(errno) => break errno,
            }
        };
        let (count, code) = (children.len(), refused);
        if (count, code) != (9, Errno::EAGAIN) {
            return 1;
        }
        ctx.allocate(900).await;
        ctx.allocate(900).await;
        2
    });
    assert_eq!(status, Some(ExitStatus::Signaled(Signal::KILL)));
}

#[test]
fn a_terminal_edits_lines_and_interrupts_the_foreground() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sim = Sim::new(1, 0);
    let (kernel, namespaces) = machine(&sim);
    let log = seen.clone();
    let cat = program(move |ctx| {
        let log = log.clone();
        async move {
            while let Ok(line) = ctx.read(0, 100).await {
                log.borrow_mut().push(String::from_utf8_lossy(&line).into_owned());
            }
            0
        }
    });
    namespaces.mount.install("/bin/cat", cat, 1);
    let tty = Tty::default();
    let file: File = Rc::new(tty.clone());
    let shell = program(|ctx: ProcessContext| async move {
        let child = ctx.spawn(Spawn { group: Some(0), ..Spawn::new(["cat"]) }).unwrap();
        ctx.tty().unwrap().set_foreground(ctx.kernel(), child.pid());
        child.wait().await.code()
    });
    namespaces.mount.install("/bin/sh", shell, 1);
    let fds = BTreeMap::from([(0, file)]);
    let env = BTreeMap::from([("PATH".into(), "/bin".into())]);
    let child = kernel.spawn(namespaces, vec!["sh".into()], env, "/", Credentials::ROOT, fds, Some(tty.clone())).unwrap();
    sim.run_until(Time::from_millis(1), 1000);
    tty.input("가x\u{7f}나\u{7f}!\r".as_bytes());
    sim.run_until(Time::from_millis(2), 1000);
    assert_eq!(*seen.borrow(), ["가!\n"]);
    let (shown, printed) = tty.take_output_and_printed();
    assert_eq!(String::from_utf8(shown).unwrap(), "가x\u{8} \u{8}나\u{8} \u{8}\u{8} \u{8}!\r\n");
    assert!(printed.is_empty(), "what is typed is shown, but nobody printed it");
    tty.input(b"\x03");
    sim.run_until(Time::from_millis(3), 1000);
    assert_eq!(child.process().state(), ProcessState::Zombie(ExitStatus::Exited(130)));
}

#[test]
fn a_control_group_tells_its_limits() {
    let group = super::Cgroup::new(Some(64 << 20), Some(10)).with_cpu(Some(500), 250);
    let super::vfs::Source::Provider(files) = group.files() else { panic!("it is computed") };
    for (name, text) in [("cpu.max", "50000 100000\n"), ("cpu.weight", "10\n"), ("memory.max", "67108864\n"), ("pids.max", "10\n")] {
        let Some(super::vfs::ProviderNode::File(bytes)) = files.lookup(name) else { panic!("{name} is a file") };
        assert_eq!(String::from_utf8_lossy(&bytes), text, "{name}");
    }
    assert!(files.lookup("nope").is_none());
}

#[test]
fn who_has_used_up_its_processor_time_waits_for_the_next_period() {
    let group = super::Cgroup::new(None, None).with_cpu(Some(100), 0);
    let steps = |at: u64| (1..=2000).find(|_| group.work(Time::from_millis(at)).is_some());
    assert_eq!(steps(120), Some(1000), "a tenth of 100 ms, in steps of 10 us");
    assert_eq!(group.work(Time::from_millis(130)), Some(std::time::Duration::from_millis(70)), "others of the group wait, too");
    assert_eq!(steps(200), Some(1000));
    let super::vfs::Source::Provider(files) = group.files() else { panic!("it is computed") };
    let Some(super::vfs::ProviderNode::File(bytes)) = files.lookup("cpu.stat") else { panic!("it is a file") };
    assert!(String::from_utf8_lossy(&bytes).contains("nr_periods 2\nnr_throttled 2\nthrottled_usec 180000\n"));
}

#[test]
fn the_ends_of_a_named_pipe_wait_for_each_other() {
    use std::task::{Context, Poll, Waker};
    let fifo = super::Fifo::default();
    let mut cx = Context::from_waker(Waker::noop());
    let reader = fifo.open(true, false);
    assert!(reader.poll_read(&mut cx, 10).is_pending(), "nobody has written yet");
    let writer = fifo.open(false, true);
    assert!(matches!(writer.poll_write(&mut cx, b"hi"), Poll::Ready(Ok(2))));
    drop(writer);
    assert!(matches!(reader.poll_read(&mut cx, 10), Poll::Ready(Ok(bytes)) if bytes == b"hi"));
    assert!(matches!(reader.poll_read(&mut cx, 10), Poll::Ready(Ok(bytes)) if bytes.is_empty()), "the last writer has gone");
    drop(reader);
    let writer = fifo.open(false, true);
    assert!(writer.poll_write(&mut cx, b"x").is_pending(), "nobody reads any more");
}

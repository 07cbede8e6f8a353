use super::*;
use crate::process::Errno;
use crate::sim::Time;

fn tree() -> Vfs {
    let vfs = Vfs::new(FileSystem::new());
    vfs.create_dir_all("/etc/app").unwrap();
    vfs.write_file("/etc/app/conf", b"one", Time::ZERO).unwrap();
    vfs
}

#[test]
fn containers_of_one_image_do_not_see_each_others_writes() {
    let layer = tree().root().unwrap().freeze();
    let (a, b) = (Vfs::new(FileSystem::from_layer(&layer)), Vfs::new(FileSystem::from_layer(&layer)));
    a.write_file("/etc/app/conf", b"two", Time::ZERO).unwrap();
    assert_eq!(a.read_file("/etc/app/conf").unwrap(), b"two");
    assert_eq!(b.read_file("/etc/app/conf").unwrap(), b"one");
}

#[test]
fn a_volume_is_seen_from_both_sides_and_may_be_read_only() {
    let volume = FileSystem::new();
    let (a, b) = (tree(), tree());
    a.mount("/data", Source::Files(volume.clone(), 1), false);
    b.mount("/in", Source::Files(volume, 1), true);
    a.write_file("/data/x", b"hi", Time::ZERO).unwrap();
    assert_eq!(b.read_file("/in/x").unwrap(), b"hi");
    assert_eq!(b.write_file("/in/y", b"", Time::ZERO), Err(Errno::EROFS));
}

#[test]
fn links_are_followed_and_loops_are_found() {
    let vfs = tree();
    vfs.symlink("app/conf", "/etc/link", Time::ZERO, Credentials::ROOT).unwrap();
    vfs.symlink("loop", "/etc/loop", Time::ZERO, Credentials::ROOT).unwrap();
    assert_eq!(vfs.read_file("/etc/../etc/link").unwrap(), b"one");
    assert_eq!(vfs.read_file("/etc/loop"), Err(Errno::ELOOP));
    assert_eq!(vfs.read_file("/etc/app/conf/x"), Err(Errno::ENOTDIR));
}

#[test]
fn permissions_bind_everyone_but_root() {
    let vfs = tree();
    let learner = Credentials { uid: 1000, gid: 1000 };
    assert_eq!(vfs.create_dir("/etc/mine", 0o755, Time::ZERO, learner), Err(Errno::EACCES));
    assert_eq!(vfs.access("/etc/app/conf", 4, learner), Ok(()));
    assert_eq!(vfs.access("/etc/app/conf", 2, learner), Err(Errno::EACCES));
}

"""What inotify tells of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.inotify import InotifyMask as Mask
from guest.fs.inotify import MAX_QUEUED_EVENTS
from guest.syscall import Pending

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

ALL = 0xFFF
RDWR_CREATE = OpenFlag.O_RDWR | OpenFlag.O_CREAT


def events(guest: Guest, fd: int) -> list[tuple[int, int, int, bytes]]:
    buffer = guest.put(bytes(4096))
    data = guest.read(buffer, guest.call("read", fd, buffer, 4096))
    found = []
    while data:
        watch, mask, cookie, length = (int.from_bytes(data[i : i + 4], "little") for i in (0, 4, 8, 12))
        found.append((watch, mask, cookie, data[16 : 16 + length].rstrip(b"\0")))
        data = data[16 + length :]
    return found


def test_a_directory_tells_of_what_is_in_it(guest: Guest) -> None:
    queue = guest.call("inotify_init1", 0o4000)
    watch = guest.call("inotify_add_watch", queue, "/tmp", ALL)
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    guest.call("write", fd, guest.put(b"abc"), 3)
    guest.call("pread64", fd, guest.put(bytes(3)), 3, 0)
    guest.call("close", fd)
    guest.call("fchmodat", AT_FDCWD, "/tmp/f", 0o644)
    guest.call("mkdirat", AT_FDCWD, "/tmp/d", 0o755)
    guest.call("renameat", AT_FDCWD, "/tmp/f", AT_FDCWD, "/tmp/d/g")
    guest.call("unlinkat", AT_FDCWD, "/tmp/d/g", 0)
    guest.call("unlinkat", AT_FDCWD, "/tmp/d", 0x200)
    assert events(guest, queue) == [
        (watch, Mask.IN_CREATE, 0, b"f"),
        (watch, Mask.IN_OPEN, 0, b"f"),
        (watch, Mask.IN_MODIFY, 0, b"f"),
        (watch, Mask.IN_ACCESS, 0, b"f"),
        (watch, Mask.IN_CLOSE_WRITE, 0, b"f"),
        (watch, Mask.IN_ATTRIB, 0, b"f"),
        (watch, Mask.IN_CREATE | Mask.IN_ISDIR, 0, b"d"),
        (watch, Mask.IN_MOVED_FROM, 1, b"f"),
        (watch, Mask.IN_DELETE | Mask.IN_ISDIR, 0, b"d"),
    ]
    assert guest.call("read", queue, guest.put(bytes(64)), 64) == -E.EAGAIN


def test_a_file_tells_of_itself_until_it_is_gone(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600)
    queue = guest.call("inotify_init1", 0)
    watch = guest.call("inotify_add_watch", queue, "/tmp/f", ALL)
    guest.call("unlinkat", AT_FDCWD, "/tmp/f", 0)
    assert events(guest, queue) == [(watch, Mask.IN_ATTRIB, 0, b"")]
    guest.call("close", fd)
    assert [mask for _, mask, _, _ in events(guest, queue)] == [
        Mask.IN_CLOSE_WRITE,
        Mask.IN_DELETE_SELF,
        Mask.IN_IGNORED,
    ]
    assert guest.call("inotify_rm_watch", queue, watch) == -E.EINVAL
    assert isinstance(guest.start("read", queue, guest.put(bytes(64)), 64), Pending)


def test_a_rename_pairs_its_events(guest: Guest) -> None:
    guest.call("openat", AT_FDCWD, "/tmp/a", RDWR_CREATE, 0o600)
    queue = guest.call("inotify_init1", 0)
    place = guest.call("inotify_add_watch", queue, "/tmp", Mask.IN_MOVED_FROM | Mask.IN_MOVED_TO)
    moved = guest.call("inotify_add_watch", queue, "/tmp/a", Mask.IN_MOVE_SELF)
    guest.call("renameat", AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b")
    assert events(guest, queue) == [
        (place, Mask.IN_MOVED_FROM, 1, b"a"), (place, Mask.IN_MOVED_TO, 1, b"b"), (moved, Mask.IN_MOVE_SELF, 0, b""),
    ]  # fmt: skip


def test_equal_events_are_one_and_too_many_overflow(guest: Guest) -> None:
    queue = guest.call("inotify_init1", 0)
    guest.call("inotify_add_watch", queue, "/tmp", Mask.IN_ATTRIB)
    for name in ("/tmp/a", "/tmp/b"):
        guest.call("close", guest.call("openat", AT_FDCWD, name, RDWR_CREATE, 0o600))
    for _ in range(3):
        guest.call("fchmodat", AT_FDCWD, "/tmp/a", 0o600)
    assert len(events(guest, queue)) == 1
    notifier = guest.kernel.tree.notifier
    tmp = guest.task.fs.find(guest.task.files, AT_FDCWD, b"/tmp").inode
    for number in range(MAX_QUEUED_EVENTS + 5):
        notifier._send(tmp, Mask.IN_ATTRIB, b"%d" % number)
    last = []
    while guest.task.files.get(queue).poll():
        last = events(guest, queue)
    assert last[-1] == (0xFFFFFFFF, Mask.IN_Q_OVERFLOW, 0, b"")


def test_flags_of_watches(guest: Guest) -> None:
    guest.call("close", guest.call("openat", AT_FDCWD, "/tmp/f", RDWR_CREATE, 0o600))
    queue = guest.call("inotify_init1", 0)
    assert guest.call("inotify_add_watch", queue, "/tmp/f", ALL | Mask.IN_ONLYDIR) == -E.ENOTDIR
    watch = guest.call("inotify_add_watch", queue, "/tmp/f", Mask.IN_OPEN | Mask.IN_ONESHOT)
    assert guest.call("inotify_add_watch", queue, "/tmp/f", Mask.IN_OPEN | Mask.IN_MASK_CREATE) == -E.EEXIST
    guest.call("openat", AT_FDCWD, "/tmp/f", 0, 0)
    assert events(guest, queue) == [(watch, Mask.IN_OPEN, 0, b""), (watch, Mask.IN_IGNORED, 0, b"")]
    assert guest.call("inotify_add_watch", queue, "/tmp/f", 0) == -E.EINVAL
    assert guest.call("inotify_add_watch", 0, "/tmp/f", ALL) == -E.EINVAL

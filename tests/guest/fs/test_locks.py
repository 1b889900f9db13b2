"""Record locks, open-file locks and flock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from guest.abi.constants import FcntlCommand as Command
from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Flock
from guest.fs.inode import SyntheticDirectory
from guest.fs.locks import LockRegistry, RecordLock
from guest.syscall import Pending
from guest.task import Process, Task
from guest.wait import Wakeup

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

READ, WRITE, UNLOCK = 0, 1, 2


class Two:
    """Two processes with the same file open, each by an open of its own."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.first = guest.task
        self.fd = guest.call("openat", AT_FDCWD, "/tmp/f", OpenFlag.O_RDWR | OpenFlag.O_CREAT, 0o600)
        process = Process(pid=2, parent=None)
        one = self.first
        self.second = Task(2, process, one.mm, one.files.copy(), one.fs.copy(), one.handlers, one.kernel)
        guest.task = self.second
        self.other_fd = guest.call("openat", AT_FDCWD, "/tmp/f", OpenFlag.O_RDWR, 0)
        guest.task = one

    def lock(
        self, task: Task, command: int, kind: int, start: int, size: int, *, fd: int | None = None
    ) -> int | Pending:
        self.guest.task = task
        self.address = self.guest.put(Flock(kind, 0, start, size, 0).to_bytes())
        used = fd if fd is not None else self.fd if task is self.first else self.other_fd
        return self.guest.start("fcntl", used, command, self.address)

    @property
    def told(self) -> Flock:
        return Flock.from_bytes(self.guest.read(self.address, Flock.size))


def test_processes_exclude_each_other(guest: Guest) -> None:
    two = Two(guest)
    assert two.lock(two.first, Command.F_SETLK, WRITE, 10, 10) == 0
    assert two.lock(two.second, Command.F_SETLK, WRITE, 15, 1) == -E.EAGAIN
    assert two.lock(two.second, Command.F_SETLK, READ, 20, 0) == 0
    assert two.lock(two.second, Command.F_GETLK, READ, 0, 0) == 0
    assert (two.told.l_type, two.told.l_start, two.told.l_len, two.told.l_pid) == (WRITE, 10, 10, 1)
    assert two.lock(two.first, Command.F_SETLK, UNLOCK, 12, 2) == 0
    assert two.lock(two.second, Command.F_SETLK, WRITE, 12, 2) == 0
    assert two.lock(two.second, Command.F_SETLK, WRITE, 12, 3) == -E.EAGAIN


def test_closing_any_descriptor_of_the_file_ends_the_locks(guest: Guest) -> None:
    two = Two(guest)
    assert two.lock(two.first, Command.F_SETLK, WRITE, 0, 0) == 0
    guest.call("close", guest.call("openat", AT_FDCWD, "/tmp/f", 0, 0))
    assert two.lock(two.second, Command.F_SETLK, WRITE, 0, 0) == 0
    two.second.files.release()
    assert two.lock(two.first, Command.F_SETLK, WRITE, 0, 0) == 0


def test_waiting_and_deadlock(guest: Guest) -> None:
    two = Two(guest)
    assert two.lock(two.first, Command.F_SETLK, WRITE, 0, 1) == 0
    assert two.lock(two.second, Command.F_SETLK, WRITE, 1, 1) == 0
    waiting = two.lock(two.first, Command.F_SETLKW, WRITE, 1, 1)
    assert isinstance(waiting, Pending)
    assert two.lock(two.second, Command.F_SETLKW, WRITE, 0, 1) == -E.EDEADLK
    assert two.lock(two.second, Command.F_SETLK, UNLOCK, 1, 1) == 0
    assert waiting.resume(Wakeup.WOKEN) == 0
    blocked = two.lock(two.second, Command.F_SETLKW, READ, 0, 0)
    assert isinstance(blocked, Pending)
    assert blocked.interrupt() == -E.EINTR


def test_open_file_locks_belong_to_the_open_file(guest: Guest) -> None:
    two = Two(guest)
    assert two.lock(two.first, Command.F_OFD_SETLK, WRITE, 0, 0) == 0
    assert two.lock(two.first, Command.F_SETLK, WRITE, 0, 1) == -E.EAGAIN
    copy = guest.call("dup", two.fd)
    assert two.lock(two.first, Command.F_OFD_SETLK, WRITE, 0, 1, fd=copy) == 0
    assert two.lock(two.second, Command.F_OFD_GETLK, WRITE, 0, 0) == 0
    assert (two.told.l_type, two.told.l_pid) == (WRITE, -1)
    # The copy that the second process has keeps the open file, and so its locks.
    two.guest.task = two.first
    guest.call("close", two.fd)
    guest.call("close", copy)
    assert two.lock(two.second, Command.F_OFD_SETLK, WRITE, 0, 0) == -E.EAGAIN
    two.second.files.close(two.fd)
    assert two.lock(two.second, Command.F_OFD_SETLK, WRITE, 0, 0) == 0


def test_flock(guest: Guest) -> None:
    two = Two(guest)
    shared, exclusive, now, unlock = 1, 2, 4, 8
    assert guest.call("flock", two.fd, shared) == 0
    assert guest.call("flock", two.fd, 3) == -E.EINVAL
    guest.task = two.second
    assert guest.call("flock", two.other_fd, shared) == 0
    assert guest.call("flock", two.other_fd, exclusive | now) == -E.EAGAIN
    waiting = guest.start("flock", two.other_fd, exclusive)
    assert isinstance(waiting, Pending)
    guest.task = two.first
    assert guest.call("flock", two.fd, unlock) == 0
    assert waiting.resume(Wakeup.WOKEN) == 0
    assert guest.call("flock", two.fd, shared | now) == -E.EAGAIN


ranges = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["read", "write", "unlock"]), ranges), max_size=30))
def test_ranges_are_split_and_joined_as_if_each_byte_had_its_lock(
    made: list[tuple[str, str, tuple[int, int]]],
) -> None:
    registry, inode = LockRegistry(), SyntheticDirectory(1)
    model: dict[str, dict[int, bool]] = {"a": {}, "b": {}}
    for owner, what, (start, end) in made:
        other = model["b" if owner == "a" else "a"]
        if what == "unlock":
            registry.unlock(inode, owner, start, end)
            for byte in range(start, end + 1):
                model[owner].pop(byte, None)
            continue
        exclusive = what == "write"
        free = not any(byte in other and (exclusive or other[byte]) for byte in range(start, end + 1))
        wanted = RecordLock(owner, exclusive, start, end, 1)
        assert (registry.find_conflict(inode, wanted) is None) == free
        if free:
            assert registry.set(inode, wanted, wait=False) is None
            model[owner].update(dict.fromkeys(range(start, end + 1), exclusive))
    held: dict[str, dict[int, bool]] = {"a": {}, "b": {}}
    for _, lock in registry.all():
        for byte in range(lock.start, lock.end + 1):
            assert byte not in held[str(lock.owner)]
            held[str(lock.owner)][byte] = lock.exclusive
    assert held == model

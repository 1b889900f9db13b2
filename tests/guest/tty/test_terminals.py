"""Pseudo-terminals, controlling terminals and job control, through system calls."""

from __future__ import annotations

from typing import Any

import pytest

from guest.abi.constants import Signal
from guest.abi.errno import E
from guest.abi.flags import PollEvent
from guest.abi.structs import Termios, Winsize
from guest.abi.tty import ControlCharacter, LocalFlag, Termios2, TtyCommand
from guest.syscall import Pending
from guest.task import Process, Task
from guest.tty.job_control import give_up
from guest.wait import Wakeup

READ_WRITE, NOCTTY, NONBLOCK = 2, 0o400, 0o4000


class Tty:
    """A pseudo-terminal whose slave is the controlling terminal of process 1."""

    def __init__(self, guest: Any) -> None:
        self.guest = guest
        self.buffer = guest.put(bytes(4096))
        self.master = guest.call("openat", -100, "/dev/ptmx", READ_WRITE | NOCTTY)
        assert guest.call("openat", -100, "/dev/pts/0", READ_WRITE) == -E.EIO.value, "locked"
        assert self.command(self.master, TtyCommand.TIOCSPTLCK, 0) == 0
        self.slave = guest.call("openat", -100, "/dev/pts/0", READ_WRITE)
        self.terminal = guest.task.files.get(self.slave).terminal

    def command(self, fd: int, command: int, value: int = 0) -> int:
        return int(self.guest.call("ioctl", fd, command, self.guest.put(value.to_bytes(8, "little"))))

    def ask(self, fd: int, command: int) -> int:
        assert self.guest.call("ioctl", fd, command, self.buffer) == 0
        return int.from_bytes(self.guest.read(self.buffer, 4), "little")

    def type(self, text: bytes) -> None:
        assert self.guest.call("write", self.master, self.guest.put(text), len(text)) == len(text)

    def write(self, text: bytes) -> int:
        return int(self.guest.call("write", self.slave, self.guest.put(text), len(text)))

    def read(self, fd: int, size: int = 4096) -> bytes:
        got = self.guest.call("read", fd, self.buffer, size)
        assert got >= 0, got
        return bytes(self.guest.read(self.buffer, got))

    def change(self, *, off: int = 0, on: int = 0, vmin: int = 1, vtime: int = 0) -> None:
        old = self.terminal.settings
        characters = list(old.c_cc)
        characters[ControlCharacter.VMIN], characters[ControlCharacter.VTIME] = vmin, vtime
        new = Termios(old.c_iflag, old.c_oflag, old.c_cflag, old.c_lflag & ~off | on, 0, tuple(characters))
        assert self.guest.call("ioctl", self.slave, TtyCommand.TCSETS, self.guest.put(new.to_bytes())) == 0


@pytest.fixture
def tty(guest: Any) -> Tty:
    return Tty(guest)


def add_process(guest: Any, pid: int, group: int) -> Task:
    own = guest.task
    process = Process(pid=pid, parent=own.process, group=group, session=1)
    process.controlling_terminal = own.process.controlling_terminal
    task = Task(pid, process, own.mm.get(), own.files.copy(), own.fs, own.handlers.copy(), own.kernel)
    process.threads.append(task)
    guest.kernel.tasks.add(task)
    return task


def pending(task: Task) -> set[int]:
    mask = task.pending.mask | task.process.pending.mask
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def test_first_terminal_becomes_the_controlling_one(guest: Any, tty: Tty) -> None:
    assert guest.task.process.controlling_terminal is tty.terminal
    assert tty.ask(tty.slave, TtyCommand.TIOCGSID) == 1
    assert tty.ask(tty.slave, TtyCommand.TIOCGPGRP) == 1
    again = guest.call("openat", -100, "/dev/tty", READ_WRITE)
    assert guest.task.files.get(again).terminal is tty.terminal
    assert tty.ask(tty.master, TtyCommand.TIOCGPTN) == 0


def test_no_terminal(guest: Any) -> None:
    assert guest.call("openat", -100, "/dev/tty", READ_WRITE) == -E.ENXIO.value
    assert guest.call("openat", -100, "/dev/console", READ_WRITE) == -E.ENXIO.value
    assert guest.call("ioctl", 0, TtyCommand.TCGETS, guest.put(bytes(64))) == -E.ENOTTY.value


def test_both_directions(tty: Tty) -> None:
    tty.type(b"typed\n")
    assert tty.read(tty.slave) == b"typed\n"
    assert tty.read(tty.master) == b"typed\r\n"
    assert tty.write(b"shown\n") == 6
    assert tty.read(tty.master) == b"shown\r\n"


def test_a_read_waits_for_a_line(guest: Any, tty: Tty) -> None:
    waiting = guest.start("read", tty.slave, tty.buffer, 100)
    assert isinstance(waiting, Pending)
    tty.type(b"abc")
    again = waiting.resume(Wakeup.WOKEN)
    assert again is waiting
    tty.type(b"\n")
    assert waiting.resume(Wakeup.WOKEN) == 4


def test_a_full_screen_holds_the_writer(guest: Any, tty: Tty) -> None:
    text = guest.put(b"x" * 20000)
    waiting = guest.start("write", tty.slave, text, 20000)
    assert isinstance(waiting, Pending)
    got = 0
    while isinstance(waiting, Pending):
        got += len(tty.read(tty.master))
        waiting = waiting.resume(Wakeup.WOKEN)
    assert waiting == 20000
    got += sum(len(tty.read(tty.master)) for _ in range(3) if guest.task.files.get(tty.master).poll() & 1)
    assert got == 20000


def test_minimum_and_time(guest: Any, tty: Tty) -> None:
    raw = int(LocalFlag.ICANON | LocalFlag.ECHO)
    tty.change(off=raw, vmin=0, vtime=0)
    assert tty.read(tty.slave) == b""
    tty.change(off=raw, vmin=0, vtime=5)
    waiting = guest.start("read", tty.slave, tty.buffer, 100)
    assert isinstance(waiting, Pending)
    assert guest.kernel.timers.next_deadline_ns() == 500_000_000
    guest.kernel.timers.fire(500_000_000)
    assert waiting.resume(Wakeup.WOKEN) == 0
    tty.change(off=raw, vmin=4, vtime=1)
    tty.type(b"ab")
    waiting = guest.start("read", tty.slave, tty.buffer, 100)
    assert isinstance(waiting, Pending)
    guest.kernel.timers.fire(10**9)
    assert waiting.resume(Wakeup.WOKEN) == 2


def test_settings_with_and_without_speeds(guest: Any, tty: Tty) -> None:
    tty.change(off=int(LocalFlag.ECHO))
    assert guest.call("ioctl", tty.master, TtyCommand.TCGETS2, tty.buffer) == 0
    found = Termios2.from_bytes(bytes(guest.read(tty.buffer, Termios2.size)))
    assert not found.c_lflag & LocalFlag.ECHO
    assert found.c_ospeed == 38400
    assert guest.call("ioctl", tty.slave, TtyCommand.TCGETS2, 8) == -E.EFAULT.value


def test_size(guest: Any, tty: Tty) -> None:
    guest.task.handlers.set(Signal.SIGWINCH, type(guest.task.handlers.get(1))(sa_handler=0x1000))
    size = Winsize(24, 80)
    assert guest.call("ioctl", tty.master, TtyCommand.TIOCSWINSZ, guest.put(size.to_bytes())) == 0
    assert pending(guest.task) == {Signal.SIGWINCH}
    assert guest.call("ioctl", tty.slave, TtyCommand.TIOCGWINSZ, tty.buffer) == 0
    assert Winsize.from_bytes(bytes(guest.read(tty.buffer, Winsize.size))) == size


def test_keys_signal_the_foreground_group(guest: Any, tty: Tty) -> None:
    job = add_process(guest, 2, group=2)
    assert tty.command(tty.slave, TtyCommand.TIOCSPGRP, 2) == 0
    tty.type(b"\x03")
    assert pending(job) == {Signal.SIGINT}
    assert not pending(guest.task)
    assert tty.read(tty.master) == b"^C"
    tty.command(tty.slave, TtyCommand.TIOCSPGRP, 1)


def test_a_background_reader_is_stopped(guest: Any, tty: Tty) -> None:
    job = add_process(guest, 2, group=2)
    own, guest.task = guest.task, job
    waiting = guest.start("read", tty.slave, tty.buffer, 100)
    assert isinstance(waiting, Pending)
    assert pending(job) == {Signal.SIGTTIN}
    guest.task = own
    assert tty.command(tty.slave, TtyCommand.TIOCSPGRP, 2) == 0
    tty.type(b"x\n")
    assert waiting.resume(Wakeup.WOKEN) == 2


def test_a_background_reader_that_ignores_the_signal_fails(guest: Any, tty: Tty) -> None:
    job = add_process(guest, 2, group=2)
    job.blocked = 1 << (Signal.SIGTTIN - 1)
    guest.task = job
    assert guest.call("read", tty.slave, tty.buffer, 100) == -E.EIO.value


def test_a_background_writer_is_stopped_only_if_asked_for(guest: Any, tty: Tty) -> None:
    job = add_process(guest, 2, group=2)
    own, guest.task = guest.task, job
    assert tty.write(b"x") == 1
    guest.task = own
    tty.change(on=int(LocalFlag.TOSTOP))
    guest.task = job
    assert isinstance(guest.start("write", tty.slave, tty.buffer, 1), Pending)
    assert pending(job) == {Signal.SIGTTOU}


def test_a_background_group_may_not_take_the_foreground(guest: Any, tty: Tty) -> None:
    job = add_process(guest, 2, group=2)
    guest.task = job
    waiting = guest.start("ioctl", tty.slave, TtyCommand.TIOCSPGRP, guest.put((2).to_bytes(4, "little")))
    assert isinstance(waiting, Pending)
    assert pending(job) == {Signal.SIGTTOU}
    job.blocked = 1 << (Signal.SIGTTOU - 1)
    assert waiting.resume(Wakeup.WOKEN) == 0
    assert tty.terminal.foreground_group == 2


def test_foreground_group_must_be_of_the_session(guest: Any, tty: Tty) -> None:
    assert tty.command(tty.slave, TtyCommand.TIOCSPGRP, 77) == -E.ESRCH.value
    other = add_process(guest, 3, group=3)
    other.process.session = 3
    assert tty.command(tty.slave, TtyCommand.TIOCSPGRP, 3) == -E.EPERM.value


def test_closing_the_master_hangs_up(guest: Any, tty: Tty) -> None:
    guest.call("close", tty.master)
    assert Signal.SIGHUP in pending(guest.task)
    assert tty.read(tty.slave) == b""
    assert tty.write(b"x") == -E.EIO.value
    assert guest.task.files.get(tty.slave).poll() & PollEvent.POLLHUP
    assert guest.call("openat", -100, "/dev/pts/0", READ_WRITE) == -E.ENOENT.value
    assert guest.task.process.controlling_terminal is None


def test_closing_the_slave_is_seen_by_the_master(guest: Any, tty: Tty) -> None:
    tty.write(b"last")
    guest.call("close", tty.slave)
    assert guest.task.files.get(tty.master).poll() & PollEvent.POLLHUP
    assert tty.read(tty.master) == b"last"
    assert guest.call("read", tty.master, tty.buffer, 10) == -E.EIO.value


def test_giving_the_terminal_up(guest: Any, tty: Tty) -> None:
    give_up(guest.task.process, guest.kernel)
    assert guest.task.process.controlling_terminal is None
    assert tty.terminal.session == 0
    assert guest.call("openat", -100, "/dev/tty", READ_WRITE) == -E.ENXIO.value
    assert tty.command(tty.slave, TtyCommand.TIOCSCTTY, 0) == 0
    assert guest.task.process.controlling_terminal is tty.terminal


def test_numbers_are_used_again(guest: Any, tty: Tty) -> None:
    second = guest.call("openat", -100, "/dev/ptmx", READ_WRITE | NOCTTY)
    assert tty.ask(second, TtyCommand.TIOCGPTN) == 1
    guest.call("close", tty.master)
    third = guest.call("openat", -100, "/dev/ptmx", READ_WRITE | NOCTTY)
    assert tty.ask(third, TtyCommand.TIOCGPTN) == 0


def test_opening_the_other_end_by_the_master(guest: Any, tty: Tty) -> None:
    fd = guest.call("ioctl", tty.master, TtyCommand.TIOCGPTPEER, READ_WRITE | NOCTTY)
    assert guest.task.files.get(fd).path == b"/dev/pts/0"


def test_packet_mode(tty: Tty) -> None:
    tty.command(tty.master, TtyCommand.TIOCPKT, 1)
    tty.write(b"x")
    assert tty.read(tty.master) == b"\0x"


def test_unknown_command(tty: Tty) -> None:
    assert tty.command(tty.slave, 0x12345) == -E.ENOTTY.value


def test_exclusive(guest: Any, tty: Tty) -> None:
    tty.command(tty.slave, TtyCommand.TIOCEXCL)
    assert tty.ask(tty.slave, TtyCommand.TIOCGEXCL) == 1
    assert guest.call("openat", -100, "/dev/pts/0", READ_WRITE) >= 0, "root may"

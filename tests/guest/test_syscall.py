"""Declaration, dispatch, statistics and strace output."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Timespec
from guest.abi.syscalls import NUMBERS
from guest.arguments import Int, argument_type, quote
from guest.strace import Tracer
from guest.syscall import Pending, declarations, syscall
from guest.task import Task, TaskExit
from guest.wait import Waiter, Wakeup

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def test_every_declaration_has_a_number_and_known_types() -> None:
    assert len(declarations()) > 100
    for declaration in declarations():
        assert NUMBERS[declaration.name] == declaration.number
        assert len(declaration.parameters) <= 7


def test_a_call_is_declared_once_and_with_argument_types_only() -> None:
    def again(task: Task) -> None: ...

    with pytest.raises(ValueError, match="twice"):
        syscall("read")(again)
    with pytest.raises(TypeError):
        argument_type(int)
    assert argument_type(Int) is not None


def test_registers_are_cut_and_extended_as_the_c_type(guest: Guest) -> None:
    # The upper half of a register that holds an int is not looked at.
    assert guest.call("close", 0xDEAD_0000_0000_0063) == -E.EBADF
    assert guest.call("fchdir", 0xFFFF_FFFF) == -E.EBADF
    assert guest.call("dup", 0x1_0000_0001) == 3
    number = NUMBERS["getpid"] | 1 << 40
    assert guest.table.dispatch(guest.task, number, [0] * 6) == 1


def test_unimplemented_calls_give_enosys_and_are_counted(guest: Guest) -> None:
    assert guest.call("bpf") == -E.ENOSYS
    assert guest.call("bpf") == -E.ENOSYS
    assert guest.table.dispatch(guest.task, 9999, [0] * 6) == -E.ENOSYS
    assert guest.table.unimplemented() == {"bpf": 2, "syscall_0x270f": 1}


def test_statistics_count_calls_and_errors(guest: Guest) -> None:
    guest.call("getpid")
    guest.call("close", 77)
    guest.call("close", 0)
    counted = {name: (entry.count, entry.errors) for name, entry in guest.table.statistics().items()}
    assert counted == {"getpid": (1, 0), "close": (2, 1)}


def lines(guest: Guest, stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_strace_writes_lines_like_strace(guest: Guest) -> None:
    stream = io.StringIO()
    guest.table.tracer = Tracer(stream)
    guest.call("openat", AT_FDCWD, "/etc/passwd", OpenFlag.O_CLOEXEC, 0)
    guest.call("openat", AT_FDCWD, "new", OpenFlag.O_WRONLY | OpenFlag.O_CREAT, 0o644)
    guest.call("write", 3, guest.put(b'a "quoted"\n\x01' + b"z" * 40), 52)
    guest.call("read", 0, guest.put(bytes(8)), 8)
    guest.call("brk", 0)
    guest.call("mmap", 0, 8192, 3, 0x22, -1, 0)
    guest.call("clock_gettime", 1, guest.put(bytes(16)))
    guest.call("newfstatat", AT_FDCWD, "new", guest.put(bytes(128)), 0)
    guest.call("openat", AT_FDCWD, 8, 0, 0)
    guest.call("bpf", 1)
    written = lines(guest, stream)
    assert written[0].startswith('openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC')
    assert written[0].endswith(") = -1 ENOENT (No such file or directory)")
    assert written[1] == 'openat(AT_FDCWD, "new", O_WRONLY|O_CREAT, 0644) = 3'
    assert written[2] == f'write(3, "a \\"quoted\\"\\n\\1{"z" * 20}"..., 52) = 52'
    assert written[3] == 'read(0, "", 8) = 0'
    assert written[4] == "brk(NULL) = 0x0"
    assert written[5].startswith("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0xfff")
    assert written[6] == "clock_gettime(CLOCK_MONOTONIC, {tv_sec=0, tv_nsec=0}) = 0"
    assert written[7] == 'newfstatat(AT_FDCWD, "new", {st_mode=S_IFREG|0644, st_size=52, ...}, 0) = 0'
    assert written[8] == "openat(AT_FDCWD, 0x8, O_RDONLY) = -1 EFAULT (Bad address)"
    assert written[9].endswith("= -1 ENOSYS (Function not implemented)")


def test_strace_of_a_call_that_does_not_return(guest: Guest) -> None:
    stream = io.StringIO()
    guest.table.tracer = Tracer(stream)
    with pytest.raises(TaskExit) as caught:
        guest.call("exit_group", 300)
    guest.table.tracer.ended(guest.task, caught.value.status << 8)
    assert lines(guest, stream) == ["exit_group(300) = ?", "+++ exited with 44 +++"]
    guest.table.tracer.ended(guest.task, 6)
    assert lines(guest, stream)[-1] == "+++ killed by SIGABRT +++"


def test_quoting() -> None:
    assert quote(b"a\0b\x1b1") == '"a\\0b\\0331"'
    assert quote(b"x" * 33) == '"' + "x" * 32 + '"...'


def test_a_blocking_call_is_pending_until_resumed(guest: Guest) -> None:
    pending = guest.start("nanosleep", guest.put(Timespec(1, 500).to_bytes()), 0)
    assert isinstance(pending, Pending)
    assert pending.name == "nanosleep"
    assert pending.wait.deadline_ns == 1_000_000_500
    guest.clock.ns = 1_000_000_500
    assert pending.resume(Wakeup.TIMEOUT) == 0


def test_a_signal_interrupts_a_sleep_and_the_rest_is_told(guest: Guest) -> None:
    rest = guest.put(bytes(16))
    pending = guest.start("nanosleep", guest.put(Timespec(2, 0).to_bytes()), rest)
    assert isinstance(pending, Pending)
    guest.clock.ns = 500_000_000
    assert pending.interrupt() == -E.EINTR
    assert Timespec.from_bytes(guest.read(rest, 16)) == Timespec(1, 500_000_000)
    assert guest.table.statistics()["nanosleep"].errors == 1


def test_futex_wait_and_wake_between_tasks(guest: Guest) -> None:
    word = guest.put((5).to_bytes(4, "little"))
    assert guest.call("futex", word, 128, 4, 0) == -E.EAGAIN
    assert guest.call("futex", word, 129, 1) == 0
    assert guest.call("futex", word + 1, 128, 5, 0) == -E.EINVAL
    woken: list[str] = []
    waits = {name: guest.start("futex", word, 128, 5, 0) for name in ("first", "second")}
    for name, pending in waits.items():
        assert isinstance(pending, Pending)
        assert pending.wait.deadline_ns is None
        Waiter(pending.wait, lambda name=name: woken.append(name))  # type: ignore[misc]
    assert guest.call("futex", word, 129, 1) == 1
    assert woken == ["first"]
    assert guest.call("futex", word, 129, 0x7FFFFFFF) == 1
    assert woken == ["first", "second"]
    assert [pending.resume(Wakeup.WOKEN) for pending in waits.values() if isinstance(pending, Pending)] == [0, 0]
    timed = guest.start("futex", word, 128, 5, guest.put(Timespec(0, 10).to_bytes()))
    assert isinstance(timed, Pending)
    assert timed.resume(Wakeup.TIMEOUT) == -E.ETIMEDOUT

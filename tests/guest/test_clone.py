"""clone: what may be asked for together, what is shared, and what the child begins with."""

from __future__ import annotations

from typing import Any

import pytest

from guest.abi.errno import E
from guest.abi.flags import CloneFlag
from guest.abi.process import CLONE_CLEAR_SIGHAND, CloneArgs
from guest.syscall import Pending
from guest.wait import Wakeup

C = CloneFlag
SIGCHLD = 17
THREAD = int(C.CLONE_VM | C.CLONE_SIGHAND | C.CLONE_THREAD | C.CLONE_FILES | C.CLONE_FS)


@pytest.mark.parametrize(
    "flags",
    [
        C.CLONE_THREAD, C.CLONE_THREAD | C.CLONE_VM, C.CLONE_SIGHAND, C.CLONE_NEWPID, C.CLONE_NEWUSER, C.CLONE_NEWNS,
        THREAD | C.CLONE_PIDFD, C.CLONE_PIDFD | C.CLONE_PARENT_SETTID, C.CLONE_PARENT,
    ],
)  # fmt: skip
def test_combinations_that_linux_refuses(guest: Any, flags: int) -> None:
    assert guest.call("clone", int(flags), 0, 0, 0, 0) == -E.EINVAL
    assert len(guest.kernel.tasks) == 1


def test_a_thread_shares_what_a_process_copies(guest: Any) -> None:
    thread, process = (guest.kernel.tasks.find(guest.call("clone", flags, 0, 0, 0, 0)) for flags in (THREAD, SIGCHLD))
    own = guest.task
    assert (thread.mm, thread.files, thread.fs, thread.handlers) == (own.mm, own.files, own.fs, own.handlers)
    assert thread.process is own.process
    assert thread.pid == 1
    for name in ("mm", "files", "fs", "handlers", "process"):
        assert getattr(process, name) is not getattr(own, name)
    assert process.process.parent is own.process
    assert own.process.children == [process.process]


def test_the_child_has_its_own_stack_thread_pointer_and_result(guest: Any) -> None:
    guest.task.registers.set_x(0, 99)
    child = guest.kernel.tasks.find(guest.call("clone", THREAD | C.CLONE_SETTLS, 0x7000, 0, 0x1234, 0))
    state = child.registers.state()
    assert (state.x[0], state.sp, state.thread_pointer) == (0, 0x7000, 0x1234)


def test_numbers_are_stored_where_asked(guest: Any) -> None:
    parent, child = guest.put(bytes(4)), guest.put(bytes(4))
    flags = THREAD | C.CLONE_PARENT_SETTID | C.CLONE_CHILD_SETTID | C.CLONE_CHILD_CLEARTID
    number = guest.call("clone", int(flags), 0, parent, 0, child)
    assert guest.read(parent, 4) == guest.read(child, 4) == number.to_bytes(4, "little")
    assert guest.kernel.tasks.find(number).clear_child_tid == child


def test_memory_of_a_process_is_its_own(guest: Any) -> None:
    word = guest.put(b"before")
    child = guest.kernel.tasks.find(guest.call("clone", SIGCHLD, 0, 0, 0, 0))
    guest.mm.memory.write(word, b"after!")
    assert child.mm.memory.read(word, 6) == b"before"


def test_vfork_waits_until_the_child_leaves_the_memory(guest: Any) -> None:
    pending = guest.start("clone", int(C.CLONE_VM | C.CLONE_VFORK) | SIGCHLD, 0, 0, 0, 0)
    assert isinstance(pending, Pending)
    child = guest.kernel.tasks.find(2)
    queue, child.vfork_done = child.vfork_done, None
    assert queue is pending.wait.queues[0]
    assert pending.resume(Wakeup.WOKEN) == 2


def clone3(guest: Any, size: int = CloneArgs.size, extra: bytes = b"", **values: int) -> int:
    result: int = guest.call("clone3", guest.put(CloneArgs(**values).to_bytes() + extra), size)
    return result


def test_clone3_rules(guest: Any) -> None:
    assert clone3(guest, size=63) == -E.EINVAL
    assert clone3(guest, size=5000) == -E.E2BIG
    assert clone3(guest, size=CloneArgs.size + 8, extra=b"\1" + bytes(7)) == -E.E2BIG
    assert clone3(guest, flags=SIGCHLD) == -E.EINVAL
    assert clone3(guest, exit_signal=65) == -E.EINVAL
    assert clone3(guest, flags=THREAD, exit_signal=SIGCHLD) == -E.EINVAL
    assert clone3(guest, stack=0x1000) == -E.EINVAL
    assert clone3(guest, flags=int(C.CLONE_VM | C.CLONE_SIGHAND) | CLONE_CLEAR_SIGHAND) == -E.EINVAL
    number = clone3(guest, size=CloneArgs.size + 8, extra=bytes(8), exit_signal=SIGCHLD, stack=0x4000, stack_size=0x800)
    assert guest.kernel.tasks.find(number).registers.state().sp == 0x4800

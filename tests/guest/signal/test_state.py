"""Pending signals, actions, siginfo and the signal frame, without a processor."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from guest.abi.constants import SIG_IGN, Signal
from guest.abi.errno import E
from guest.abi.signal import FRAME_BYTES, ChildCode, SegvCode, SigactionFlag, SignalCode, StackFlag
from guest.abi.structs import Sigaction
from guest.signal import frame
from guest.signal.delivery import Deliver, Fatal, Stop, next_action
from guest.signal.send import force, send_to_process, send_to_task
from guest.signal.state import PendingSignals, SignalHandlers, SignalInfo, SignalStack, bit

HANDLER = 0x401000
STACK = 0x18_0000


def handle(guest: Any, number: int, flags: int = SigactionFlag.SA_RESTORER, mask: int = 0) -> None:
    guest.task.handlers.set(number, Sigaction(HANDLER, int(flags | SigactionFlag.SA_RESTORER), 0x402000, mask))


def test_signals_are_taken_by_number_and_real_time_ones_in_order() -> None:
    pending = PendingSignals()
    for number, value in ((40, 1), (12, 0), (40, 2), (35, 3), (12, 9), (Signal.SIGSEGV, 0), (Signal.SIGKILL, 0)):
        pending.add(SignalInfo(number, value=value))
    taken = []
    while (info := pending.take(0)) is not None:
        taken.append((info.number, info.value))
    assert taken == [(9, 0), (11, 0), (12, 0), (35, 3), (40, 1), (40, 2)]
    assert pending.mask == 0


def test_blocked_signals_stay() -> None:
    pending = PendingSignals()
    pending.add(SignalInfo(10))
    assert pending.take(bit(10)) is None
    assert pending.mask == bit(10)


@pytest.mark.parametrize(
    ("info", "union"),
    [
        (SignalInfo(10, SignalCode.SI_USER, pid=5, uid=6), struct.pack("<iI", 5, 6)),
        (SignalInfo(10, SignalCode.SI_QUEUE, pid=5, uid=6, value=7), struct.pack("<iIQ", 5, 6, 7)),
        (SignalInfo(11, SegvCode.SEGV_MAPERR, address=0x1234), struct.pack("<Q", 0x1234)),
        (SignalInfo(17, ChildCode.CLD_EXITED, pid=5, uid=6, status=3), struct.pack("<iIi", 5, 6, 3)),
        (SignalInfo(14, SignalCode.SI_TIMER, timer_id=1, overrun=2, value=3), struct.pack("<iiQ", 1, 2, 3)),
        (SignalInfo(29, 1, band=4, fd=9), struct.pack("<qi", 4, 9)),
    ],
)
def test_siginfo(info: SignalInfo, union: bytes) -> None:
    data = info.to_bytes()
    assert len(data) == 128
    assert struct.unpack_from("<iii", data) == (info.number, 0, info.code)
    assert data[16:].startswith(union)
    assert not any(data[16 + len(union) :])


def test_exec_keeps_ignored_signals_only() -> None:
    handlers = SignalHandlers()
    handlers.set(10, Sigaction(SIG_IGN))
    handlers.set(12, Sigaction(HANDLER))
    handlers.exec()
    assert handlers.is_ignored(10)
    assert handlers.is_fatal(12)


def test_default_actions(guest: Any) -> None:
    for number in (Signal.SIGCHLD, Signal.SIGWINCH):
        assert not send_to_process(guest.task.process, SignalInfo(number))
    send_to_process(guest.task.process, SignalInfo(Signal.SIGTERM))
    assert guest.task.attention
    assert next_action(guest.task) == Fatal(SignalInfo(Signal.SIGTERM), core_dump=False)
    send_to_process(guest.task.process, SignalInfo(Signal.SIGSTOP))
    assert isinstance(next_action(guest.task), Stop)
    assert next_action(guest.task) is None


def test_nobody_could_continue_an_orphaned_group(guest: Any) -> None:
    send_to_process(guest.task.process, SignalInfo(Signal.SIGTSTP))
    assert next_action(guest.task) is None


def test_a_continue_cancels_stops(guest: Any) -> None:
    guest.task.blocked = bit(Signal.SIGTSTP)
    send_to_process(guest.task.process, SignalInfo(Signal.SIGTSTP))
    send_to_process(guest.task.process, SignalInfo(Signal.SIGCONT))
    assert guest.task.process.pending.mask == 0
    assert ("continue_process", guest.task.process) in guest.scheduling.asked


def test_a_fault_kills_although_it_is_ignored(guest: Any) -> None:
    guest.task.handlers.set(Signal.SIGSEGV, Sigaction(SIG_IGN))
    force(guest.task, SignalInfo(Signal.SIGSEGV, SegvCode.SEGV_MAPERR))
    assert isinstance(next_action(guest.task), Fatal)


def enter(guest: Any, info: SignalInfo, call: frame.InterruptedCall | None = None) -> Any:
    """Deliver one signal to its handler; the registers afterwards."""
    send_to_task(guest.task, info)
    action = next_action(guest.task)
    assert isinstance(action, Deliver)
    frame.push(guest.task, action, call)
    return guest.task.registers.state()


def prepare(guest: Any) -> Any:
    state = guest.task.registers.state()
    state.x[:] = range(1000, 1031)
    state.v[:] = [number << 64 | number for number in range(32)]
    state.sp, state.pc, state.nzcv, state.fpcr = STACK, 0x400100, 0x60000000, 0x400000
    guest.task.registers.set_state(state)
    return state


def test_frame_and_return_restore_everything(guest: Any) -> None:
    handle(guest, 10, SigactionFlag.SA_SIGINFO, mask=bit(12))
    before = prepare(guest)
    inside = enter(guest, SignalInfo(10, pid=3))
    assert (inside.pc, inside.x[0], inside.x[30]) == (HANDLER, 10, 0x402000)
    assert inside.x[1] == inside.sp
    assert inside.sp == STACK - 16 - FRAME_BYTES
    assert struct.unpack("<QQ", guest.read(inside.x[29], 16)) == (1029, 1030)
    assert guest.task.blocked == bit(10) | bit(12)
    inside.v[3] = inside.x[5] = 0
    guest.task.registers.set_state(inside)
    assert guest.call("rt_sigreturn") == 1000
    assert guest.task.registers.state() == before
    assert guest.task.blocked == 0


@pytest.mark.parametrize(
    ("flags", "restartable", "pc", "x0"),
    [
        (SigactionFlag.SA_RESTART, True, 0x400FC, 77),
        (SigactionFlag.SA_RESTART, False, 0x40100, -E.EINTR & (1 << 64) - 1),
        (0, True, 0x40100, -E.EINTR & (1 << 64) - 1),
    ],
)
def test_restart_of_an_interrupted_call(guest: Any, flags: int, restartable: bool, pc: int, x0: int) -> None:
    handle(guest, 10, flags)
    prepare(guest)
    enter(guest, SignalInfo(10), frame.InterruptedCall(63, 77, 0x40100, restartable, -E.EINTR.value))
    guest.call("rt_sigreturn")
    after = guest.task.registers.state()
    assert (after.pc, after.x[0]) == (pc, x0)


def test_the_mask_of_a_wait_is_undone_by_the_frame(guest: Any) -> None:
    handle(guest, 10)
    prepare(guest)
    guest.task.saved_blocked, guest.task.blocked = bit(10) | bit(20), bit(30)
    enter(guest, SignalInfo(10))
    assert guest.task.blocked == bit(10) | bit(30)
    guest.call("rt_sigreturn")
    assert guest.task.blocked == bit(10) | bit(20)


def test_a_stack_that_cannot_hold_the_frame_is_a_fault(guest: Any) -> None:
    handle(guest, 10)
    state = prepare(guest)
    state.sp = 0x2000
    guest.task.registers.set_state(state)
    assert enter(guest, SignalInfo(10)).pc == 0x400100
    action = next_action(guest.task)
    assert isinstance(action, Fatal)
    assert action.info.number == Signal.SIGSEGV


@pytest.mark.parametrize("damage", ["misaligned", "unmapped", "privileged", "no vectors"])
def test_a_corrupt_frame_is_a_fault(guest: Any, damage: str) -> None:
    handle(guest, 10)
    prepare(guest)
    state = enter(guest, SignalInfo(10))
    mcontext = state.sp + 128 + 176
    if damage == "misaligned":
        state.sp += 8
    elif damage == "unmapped":
        state.sp = 0x7000_0000
    elif damage == "privileged":
        guest.mm.memory.write(mcontext + 272, (5).to_bytes(8, "little"))
    else:
        guest.mm.memory.write(mcontext + 288, bytes(8))
    guest.task.registers.set_state(state)
    guest.call("rt_sigreturn")
    action = next_action(guest.task)
    assert isinstance(action, Fatal)
    assert action.info.number == Signal.SIGSEGV


def test_alternate_stack_is_used_once(guest: Any) -> None:
    handle(guest, 10, SigactionFlag.SA_ONSTACK | SigactionFlag.SA_NODEFER)
    prepare(guest)
    guest.task.signal_stack = SignalStack(0x11_0000, 0, 0x8000)
    first = enter(guest, SignalInfo(10)).sp
    assert first == 0x11_8000 - 16 - FRAME_BYTES
    assert enter(guest, SignalInfo(10)).sp == first - 16 - FRAME_BYTES
    guest.call("rt_sigreturn")
    guest.call("rt_sigreturn")
    assert guest.task.registers.state().sp == STACK


def test_autodisarm(guest: Any) -> None:
    handle(guest, 10, SigactionFlag.SA_ONSTACK)
    prepare(guest)
    guest.task.signal_stack = SignalStack(0x11_0000, StackFlag.SS_AUTODISARM, 0x8000)
    enter(guest, SignalInfo(10))
    assert guest.task.signal_stack.size == 0
    guest.call("rt_sigreturn")
    assert guest.task.signal_stack == SignalStack(0x11_0000, StackFlag.SS_AUTODISARM, 0x8000)


def test_too_many_queued_signals(guest: Any) -> None:
    guest.task.blocked = bit(40)
    info = guest.put(struct.pack("<iii", 40, 0, SignalCode.SI_QUEUE).ljust(128, b"\0"))
    results = [guest.call("rt_sigqueueinfo", 1, 40, info) for _ in range(4097)]
    assert results == [0] * 4096 + [-E.EAGAIN]

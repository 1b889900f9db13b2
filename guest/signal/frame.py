"""The stack frame on which a handler runs, and the return from it (`arch/arm64/kernel/signal.c`).

From low addresses to high: siginfo (128 bytes), ucontext with mask and alternate stack, sigcontext with the general
registers, its records (FP/SIMD registers, exception syndrome, end), and a frame record (x29, x30) by which backtraces
go on into the interrupted code.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.memory import Protection
from guest.abi.errno import E, Errno
from guest.abi.signal import (
    ESR_BYTES,
    ESR_MAGIC,
    EXTRA_MAGIC,
    FPSIMD_BYTES,
    FPSIMD_MAGIC,
    FRAME_BYTES,
    MCONTEXT_OFFSET,
    RECORDS_BYTES,
    RECORDS_OFFSET,
    UCONTEXT_OFFSET,
    SigactionFlag,
    StackFlag,
    UcontextHead,
)
from guest.abi.structs import SigaltStack
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user
from guest.signal import altstack, trampoline
from guest.signal.mask import set_blocked
from guest.signal.send import force_segv
from guest.signal.state import SignalInfo, SignalStack, bit

if TYPE_CHECKING:
    from emulator.engine import ProcessorState
    from guest.signal.delivery import Deliver
    from guest.task import Task

_PSTATE_FLAGS = 0xF0000000
_FORBIDDEN_PSTATE = 0x1F | 0xF << 6
"""Exception level and width, and the interrupt masks: a frame with one of them is refused (valid_user_regs)."""
_SVC_BYTES = 4
_GENERAL = struct.Struct("<34Q")
_FPSIMD_HEAD = struct.Struct("<IIII")
_RECORD_HEAD = struct.Struct("<II")


@dataclass(frozen=True)
class InterruptedCall:
    """A system call that waited when the signal came."""

    number: int
    argument: int
    """X0 when it was made."""
    pc: int
    """Behind the SVC."""
    restartable: bool
    result: int
    """-errno for a failure; -EINTR may become a restart."""
    always_restarts: bool = False
    """Even if the handler does not want that (ERESTARTNOINTR)."""


class BadFrame(Exception):
    """What rt_sigreturn found on the stack is not a frame."""


def push(task: Task, deliver: Deliver, call: InterruptedCall | None) -> None:
    """Enter a handler: save the registers in a frame on the user stack and point them at the handler.

    The task's registers are those of the interrupted code; if a call waited, its result is put into them, or they
    are set back to the SVC for a restart. If the frame cannot be written, SIGSEGV is forced and nothing is entered.
    """
    state = task.registers.state()
    action, info = deliver.action, deliver.info
    if call is not None:
        _finish_call(state, call, restart=bool(action.sa_flags & SigactionFlag.SA_RESTART))
    old_stack = task.signal_stack
    top = altstack.choose(old_stack, state.sp, on_stack=bool(action.sa_flags & SigactionFlag.SA_ONSTACK))
    record = top - 16 & ~15
    start = record - FRAME_BYTES
    with_info = bool(action.sa_flags & SigactionFlag.SA_SIGINFO)
    mask = task.blocked if task.saved_blocked is None else task.saved_blocked
    try:
        if start < 0 or record >= task.mm.layout.task_size:
            raise Errno(E.EFAULT)
        check_user(task.mm, start, record + 16 - start, Protection.WRITE)
        copy_to_user(task.mm, start + UCONTEXT_OFFSET, _context(state, info, old_stack, mask))
        copy_to_user(task.mm, record, struct.pack("<QQ", state.x[29], state.x[30]))
        if with_info:
            copy_to_user(task.mm, start, info.to_bytes())
        restorer = action.sa_restorer if action.sa_flags & SigactionFlag.SA_RESTORER else trampoline.address(task.mm)
    except Errno:
        task.registers.set_state(state)
        force_segv(task, info.number)
        return
    state.x[0] = info.number
    if with_info:
        state.x[1], state.x[2] = start, start + UCONTEXT_OFFSET
    state.x[29], state.x[30] = record, restorer
    state.sp, state.pc = start, action.sa_handler
    task.registers.set_state(state)
    if old_stack.flags & StackFlag.SS_AUTODISARM:
        task.signal_stack = SignalStack()
    task.saved_blocked = None
    also = 0 if action.sa_flags & SigactionFlag.SA_NODEFER else bit(info.number)
    set_blocked(task, task.blocked | action.sa_mask | also)
    task.kernel.work.signal += 1


def pop(task: Task) -> None:
    """Leave a handler: everything is as the frame at SP says. Raises BadFrame."""
    state = task.registers.state()
    start = state.sp
    if start % 16:
        raise BadFrame
    try:
        data = copy_from_user(task.mm, start + UCONTEXT_OFFSET, FRAME_BYTES - UCONTEXT_OFFSET)
    except Errno:
        raise BadFrame from None
    head = UcontextHead.from_bytes(data[: UcontextHead.size])
    values = _GENERAL.unpack_from(data, MCONTEXT_OFFSET - UCONTEXT_OFFSET + 8)
    state.x[:] = values[:31]
    state.sp, state.pc, pstate = values[31:]
    if pstate & _FORBIDDEN_PSTATE:
        raise BadFrame
    state.nzcv = pstate & _PSTATE_FLAGS
    _read_records(data[RECORDS_OFFSET - UCONTEXT_OFFSET :], state)
    set_blocked(task, head.uc_sigmask)
    task.registers.set_state(state)
    # Linux, too, leaves the stack as it is if the saved one cannot be set now (restore_altstack).
    with suppress(Errno):
        altstack.change(task, head.uc_stack, state.sp)


def _finish_call(state: ProcessorState, call: InterruptedCall, *, restart: bool) -> None:
    if call.result == -E.EINTR.value and (call.always_restarts or (call.restartable and restart)):
        state.x[0], state.pc = call.argument, call.pc - _SVC_BYTES
    else:
        state.x[0], state.pc = call.result & (1 << 64) - 1, call.pc


def _context(state: ProcessorState, info: SignalInfo, stack: SignalStack, mask: int) -> bytes:
    """struct ucontext."""
    head = UcontextHead(uc_stack=SigaltStack(stack.address, _signed32(stack.flags), stack.size), uc_sigmask=mask)
    fault_address = info.address if info.esr else 0
    general = struct.pack("<Q", fault_address) + _GENERAL.pack(*state.x, state.sp, state.pc, state.nzcv)
    vectors = b"".join(value.to_bytes(16, "little") for value in state.v)
    records = _FPSIMD_HEAD.pack(FPSIMD_MAGIC, FPSIMD_BYTES, state.fpsr, state.fpcr) + vectors
    if info.esr:
        records += struct.pack("<IIQ", ESR_MAGIC, ESR_BYTES, info.esr)
    mcontext, reserved = MCONTEXT_OFFSET - UCONTEXT_OFFSET, RECORDS_OFFSET - UCONTEXT_OFFSET
    start = head.to_bytes().ljust(mcontext, b"\0") + general
    # The rest, with the end record (two zeros), is cleared, so that a program sees the same at every run.
    return start.ljust(reserved, b"\0") + records.ljust(RECORDS_BYTES, b"\0")


def _read_records(data: bytes, state: ProcessorState) -> None:
    """Take the FP/SIMD registers from the records, which must hold them and nothing that arm64 does not know."""
    position, found = 0, False
    while True:
        if position + _RECORD_HEAD.size > len(data):
            raise BadFrame
        magic, size = _RECORD_HEAD.unpack_from(data, position)
        if magic == 0 and size == 0:
            break
        if size % 16 or size < 16 or position + size > len(data):
            raise BadFrame
        if magic == FPSIMD_MAGIC:
            if found or size < FPSIMD_BYTES:
                raise BadFrame
            found = True
            _, _, state.fpsr, state.fpcr = _FPSIMD_HEAD.unpack_from(data, position)
            vectors = data[position + _FPSIMD_HEAD.size : position + FPSIMD_BYTES]
            state.v[:] = [int.from_bytes(vectors[i : i + 16], "little") for i in range(0, len(vectors), 16)]
        elif magic not in (ESR_MAGIC, EXTRA_MAGIC):
            raise BadFrame
        position += size
    if not found:
        raise BadFrame


def _signed32(value: int) -> int:
    return value - (1 << 32) if value & 1 << 31 else value

"""pselect6: ppoll with bit sets."""

from __future__ import annotations

from dataclasses import dataclass

from guest.abi.errno import E, Errno
from guest.abi.events import FD_SETSIZE_BYTES, SignalMaskArgument
from guest.abi.flags import PollEvent
from guest.abi.structs import Timespec
from guest.arguments import Address, InPtr, Int
from guest.events.mask import SIGSET_BYTES, wait_masked
from guest.events.timeout import read_timeout, report_remaining, reporting
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, WaitQueue, Wakeup

_EVENTS = (
    int(PollEvent.POLLRDNORM | PollEvent.POLLRDBAND | PollEvent.POLLIN | PollEvent.POLLHUP | PollEvent.POLLERR),
    int(PollEvent.POLLWRBAND | PollEvent.POLLWRNORM | PollEvent.POLLOUT | PollEvent.POLLERR),
    int(PollEvent.POLLPRI),
)
"""What makes a file ready to read, to write, and exceptional."""
_SMALLEST_TABLE = 64


@dataclass(frozen=True)
class _Sets:
    """The three sets of one call: where they are (0: none), how long, and what they hold as integers."""

    addresses: tuple[int, int, int]
    size_bytes: int
    wanted: tuple[int, int, int]

    def store(self, task: Task, found: list[int]) -> None:
        for address, value in zip(self.addresses, found, strict=True):
            if address:
                copy_to_user(task.mm, address, value.to_bytes(self.size_bytes, "little"))


@syscall("pselect6", restartable=False)
def pselect6(
    task: Task,
    count: Int,
    inputs: Address,
    outputs: Address,
    exceptions: Address,
    timeout: InPtr[Timespec],
    mask: InPtr[SignalMaskArgument],
) -> int | Blocking[int]:
    deadline = read_timeout(task, timeout)
    new_mask = _mask(task, mask)
    if count < 0:
        raise Errno(E.EINVAL)
    sets = _read_sets(task, min(count, max(task.files.limit, _SMALLEST_TABLE)), (inputs, outputs, exceptions))
    ready = _scan(task, sets, None)
    if ready:
        report_remaining(task, timeout, deadline)
        return ready
    call = wait_masked(task, new_mask, _wait(task, sets, deadline))
    return reporting(task, timeout, deadline, call) if deadline is not None else call


def _mask(task: Task, pointer: InPtr[SignalMaskArgument]) -> int | None:
    if not pointer:
        return None
    argument = pointer.get()
    if not argument.address:
        return None
    if argument.size_bytes != SIGSET_BYTES:
        raise Errno(E.EINVAL)
    return int.from_bytes(copy_from_user(task.mm, argument.address, SIGSET_BYTES), "little")


def _read_sets(task: Task, count: int, addresses: tuple[int, int, int]) -> _Sets:
    size = -(-count // (8 * FD_SETSIZE_BYTES)) * FD_SETSIZE_BYTES
    below = (1 << count) - 1
    wanted = [
        int.from_bytes(copy_from_user(task.mm, address, size), "little") & below if address else 0
        for address in addresses
    ]
    return _Sets(addresses, size, (wanted[0], wanted[1], wanted[2]))


def _wait(task: Task, sets: _Sets, deadline: int | None) -> Blocking[int]:
    wakeup = Wakeup.WOKEN
    while wakeup is not Wakeup.TIMEOUT:
        queues: dict[WaitQueue, None] = {}
        ready = _scan(task, sets, queues)
        if ready:
            return ready
        wakeup = yield Wait(tuple(queues), deadline)
    return _scan(task, sets, None, finish=True)


def _scan(task: Task, sets: _Sets, queues: dict[WaitQueue, None] | None, *, finish: bool = False) -> int:
    """How many bits are ready (EBADF); then (or to `finish`) the sets are stored. Else collects what to wait for."""
    left = sets.wanted[0] | sets.wanted[1] | sets.wanted[2]
    found = [0, 0, 0]
    ready = 0
    while left:
        bit = left & -left
        left ^= bit
        file = task.files.get(bit.bit_length() - 1)
        events = file.poll()
        for kind, mask in enumerate(_EVENTS):
            if sets.wanted[kind] & bit and events & mask:
                found[kind] |= bit
                ready += 1
        if queues is not None:
            queues[file.readiness] = None
    if ready or finish:
        sets.store(task, found)
    return ready

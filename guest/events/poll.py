"""ppoll: wait until one of some files is ready."""

from __future__ import annotations

import struct

from guest.abi.cstruct import U64
from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd, Timespec
from guest.arguments import InPtr, Size, UInt
from guest.events.arguments import PollFiles
from guest.events.mask import read_mask, wait_masked
from guest.events.timeout import read_timeout, report_remaining, reporting
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking, Wait, WaitQueue, Wakeup

ALWAYS = int(PollEvent.POLLERR | PollEvent.POLLHUP)
"""Reported whether asked for or not."""
_INVALID = int(PollEvent.POLLNVAL)
_ENTRY = struct.Struct("<iHH")


@syscall("ppoll", restartable=False)
def ppoll(
    task: Task, files: PollFiles, count: UInt, timeout: InPtr[Timespec], mask: InPtr[U64], mask_size: Size
) -> int | Blocking[int]:
    deadline = read_timeout(task, timeout)
    new_mask = read_mask(mask, mask_size)
    if count > task.files.limit:
        raise Errno(E.EINVAL)
    entries = list(_ENTRY.iter_unpack(copy_from_user(task.mm, files, count * Pollfd.size)))
    ready = _scan(task, files, entries, None)
    if ready:
        report_remaining(task, timeout, deadline)
        return ready
    call = wait_masked(task, new_mask, _wait(task, files, entries, deadline))
    return reporting(task, timeout, deadline, call) if deadline is not None else call


def _wait(task: Task, files: int, entries: list[tuple[int, int, int]], deadline: int | None) -> Blocking[int]:
    mask = ALWAYS
    for _, wanted, _ in entries:
        mask |= wanted
    wakeup = Wakeup.WOKEN
    while wakeup is not Wakeup.TIMEOUT:
        queues: dict[WaitQueue, None] = {}
        ready = _scan(task, files, entries, queues)
        if ready:
            return ready
        wakeup = yield Wait(tuple(queues), deadline, mask)
    return _scan(task, files, entries, None, finish=True)


def _scan(
    task: Task,
    files: int,
    entries: list[tuple[int, int, int]],
    queues: dict[WaitQueue, None] | None,
    *,
    finish: bool = False,
) -> int:
    """How many files are ready; then (or to `finish`) the answers are stored. Else collects what to wait for."""
    ready = 0
    answers: list[int] = []
    for fd, wanted, _ in entries:
        events = 0
        if fd >= 0:
            try:
                file = task.files.get(fd)
            except Errno:
                events = _INVALID
            else:
                events = file.poll() & (wanted | ALWAYS)
                if queues is not None:
                    queues[file.readiness] = None
        answers.append(events)
        if events:
            ready += 1
    if ready or finish:
        pairs = zip(entries, answers, strict=True)
        data = b"".join([_ENTRY.pack(fd, wanted, events) for (fd, wanted, _), events in pairs])
        copy_to_user(task.mm, files, data)
    return ready

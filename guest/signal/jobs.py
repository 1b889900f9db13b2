"""Job control: process groups that have nobody left who could continue them (POSIX: orphaned process groups)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.signal import SignalCode
from guest.signal.send import send_to_group
from guest.signal.state import SignalInfo

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process


def is_orphaned(kernel: KernelServices, group: int, *, without: Process | None = None) -> bool:
    """Whether no member of the group has a parent in another group of the same session; `without` is a process that
    is about to end.
    """
    for process in kernel.tasks.group(group):
        parent = process.parent
        if process is without or process.zombie or parent is None or parent.zombie or parent is without:
            continue
        if parent.group != process.group and parent.session == process.session:
            return False
    return True


def end_of(kernel: KernelServices, process: Process) -> None:
    """To be called while `process` ends, before its children get another parent: groups that become orphaned by it
    and have stopped members get SIGHUP and SIGCONT (kill_orphaned_pgrp). Its own group first, then its children's.
    """
    parent = process.parent
    if parent is not None and parent.group != process.group and parent.session == process.session:
        _release(kernel, process.group, process)
    done = set()
    for child in process.children:
        if child.group != process.group and child.session == process.session and child.group not in done:
            done.add(child.group)
            _release(kernel, child.group, process)


def _release(kernel: KernelServices, group: int, ending: Process) -> None:
    if not is_orphaned(kernel, group, without=ending):
        return
    if any(member.stopped and member is not ending for member in kernel.tasks.group(group)):
        send_to_group(kernel, group, SignalInfo(Signal.SIGHUP, SignalCode.SI_KERNEL))
        send_to_group(kernel, group, SignalInfo(Signal.SIGCONT, SignalCode.SI_KERNEL))

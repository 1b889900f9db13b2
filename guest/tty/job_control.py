"""Whose a terminal is: controlling terminals, foreground groups, and what background programs may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.signal import SignalCode
from guest.credentials import Capability
from guest.signal.jobs import is_orphaned
from guest.signal.send import send_to_group
from guest.signal.state import SignalInfo

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process, Task
    from guest.tty.terminal import Terminal


def signal_group(kernel: KernelServices, group: int, signal: int) -> None:
    """The terminal sends a signal to a process group; nothing if there is none."""
    if group:
        send_to_group(kernel, group, SignalInfo(signal, SignalCode.SI_KERNEL))


def may_use(terminal: Terminal, task: Task, signal: int) -> bool:
    """Whether a task may read (SIGTTIN) or change (SIGTTOU) the terminal now; False: it was sent the signal.

    Raises EIO where a signal would be in vain (`drivers/tty/tty_jobctrl.c`, __tty_check_change).
    """
    process = task.process
    if process.controlling_terminal is not terminal or terminal.foreground_group in (0, process.group):
        return True
    if task.blocked >> (signal - 1) & 1 or task.handlers.is_ignored(signal):
        if signal == Signal.SIGTTIN:
            raise Errno(E.EIO)
        return True
    if is_orphaned(task.kernel, process.group):
        raise Errno(E.EIO)
    signal_group(task.kernel, process.group, signal)
    return False


def take_if_free(terminal: Terminal, process: Process) -> None:
    """A session leader without a terminal opened one without an owner: it becomes the controlling terminal."""
    if process.is_session_leader and process.controlling_terminal is None and not terminal.session:
        _take(terminal, process)


def _take(terminal: Terminal, process: Process) -> None:
    terminal.session = process.session
    terminal.foreground_group = process.group
    process.controlling_terminal = terminal


def make_controlling(terminal: Terminal, task: Task, *, steal: bool) -> None:
    """TIOCSCTTY."""
    process = task.process
    if process.is_session_leader and process.session == terminal.session:
        return
    if not process.is_session_leader or process.controlling_terminal is not None:
        raise Errno(E.EPERM)
    if terminal.session:
        if not (steal and task.credentials.capable(Capability.CAP_SYS_ADMIN)):
            raise Errno(E.EPERM)
        _forget(task.kernel, terminal)
    _take(terminal, process)


def give_up(process: Process, kernel: KernelServices) -> None:
    """TIOCNOTTY, or the end of a session's leader (Linux: disassociate_ctty)."""
    terminal: Terminal | None = process.controlling_terminal
    if terminal is None:
        return
    if not process.is_session_leader:
        process.controlling_terminal = None
        return
    group = terminal.foreground_group
    _forget(kernel, terminal)
    signal_group(kernel, group, Signal.SIGHUP)
    signal_group(kernel, group, Signal.SIGCONT)
    terminal.changed()


def _forget(kernel: KernelServices, terminal: Terminal) -> None:
    """The session loses its terminal."""
    for process in kernel.tasks.session(terminal.session):
        if process.controlling_terminal is terminal:
            process.controlling_terminal = None
    terminal.session = terminal.foreground_group = 0


def hang_up(kernel: KernelServices, terminal: Terminal) -> None:
    """The other end is gone: the session's leader is told, and the terminal belongs to nobody."""
    group, session = terminal.foreground_group, terminal.session
    terminal.hung_up = True
    leader = kernel.tasks.process(session) if session else None
    if leader is not None and not leader.zombie:
        signal_group(kernel, leader.group, Signal.SIGHUP)
        signal_group(kernel, leader.group, Signal.SIGCONT)
    if group and (leader is None or group != leader.group):
        signal_group(kernel, group, Signal.SIGHUP)
    if session:
        _forget(kernel, terminal)
    terminal.changed()


def set_foreground(terminal: Terminal, task: Task, group: int) -> None:
    """TIOCSPGRP, once the task may change the terminal."""
    process = task.process
    if process.controlling_terminal is not terminal or terminal.session != process.session:
        raise Errno(E.ENOTTY)
    if group < 0:
        raise Errno(E.EINVAL)
    members = task.kernel.tasks.group(group)
    if not members:
        raise Errno(E.ESRCH)
    if all(member.session != process.session for member in members):
        raise Errno(E.EPERM)
    terminal.foreground_group = group
    terminal.changed()

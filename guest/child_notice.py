"""What a parent learns when a child ends, stops or continues: SIGCHLD with its details."""

from __future__ import annotations

from guest.abi.constants import SIG_IGN, Signal
from guest.abi.signal import ChildCode, SigactionFlag
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo
from guest.task import Process

CORE_DUMPED = 0x80
"""In an exit code: the signal made a core dump."""


def child_info(process: Process, code: ChildCode, status: int, signal: int = Signal.SIGCHLD) -> SignalInfo:
    """siginfo about a child."""
    return SignalInfo(signal, code=code, pid=process.pid, uid=process.leader.credentials.uid, status=status)


def end_info(process: Process, signal: int = Signal.SIGCHLD) -> SignalInfo:
    """How a zombie ended."""
    assert process.exit_code is not None
    number = process.exit_code & 0x7F
    if not number:
        return child_info(process, ChildCode.CLD_EXITED, process.exit_code >> 8, signal)
    dumped = process.exit_code & CORE_DUMPED
    return child_info(process, ChildCode.CLD_DUMPED if dumped else ChildCode.CLD_KILLED, number, signal)


def ignores_ends(parent: Process) -> bool:
    """Whether the children of a process leave no zombies: it ignores SIGCHLD, or asked for that with SA_NOCLDWAIT."""
    action = parent.leader.handlers.get(Signal.SIGCHLD)
    return action.sa_handler == SIG_IGN or bool(action.sa_flags & SigactionFlag.SA_NOCLDWAIT)


def notify_stop(process: Process, signal: int) -> None:
    """The process was stopped by `signal`."""
    process.stop_to_report, process.continue_to_report = signal, False
    _notify(process, ChildCode.CLD_STOPPED, signal)


def notify_continue(process: Process) -> None:
    """The process goes on."""
    process.stop_to_report, process.continue_to_report = 0, True
    _notify(process, ChildCode.CLD_CONTINUED, Signal.SIGCONT)


def _notify(process: Process, code: ChildCode, status: int) -> None:
    parent = process.parent
    if parent is None:
        return
    if not parent.leader.handlers.get(Signal.SIGCHLD).sa_flags & SigactionFlag.SA_NOCLDSTOP:
        send_to_process(parent, child_info(process, code, status))
    parent.child_event.wake()

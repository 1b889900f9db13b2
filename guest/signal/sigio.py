"""SIGIO: telling the owner of an open file that something about it has happened (`fs/fcntl.c`, send_sigio)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.errno import Errno
from guest.abi.signal import SignalCode
from guest.fs.file import File
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process, Task

_OWN_CODES = frozenset(
    (Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP, Signal.SIGCHLD, Signal.SIGSYS)
)
"""Signals whose positive codes mean something else."""


def set_owner(task: Task, file: File, owner: int) -> None:
    """Let a process, or a group if negative, be told; the task must be allowed to signal it when it comes to that."""
    file.owner = owner
    file.owner_credentials = task.credentials


def send_sigio(kernel: KernelServices, file: File, descriptor: int, code: int, band: int) -> None:
    """Tell the owner: by the signal that F_SETSIG set, with what happened (SigioCode, poll events), else by SIGIO."""
    number = file.owner_signal
    for process in _owners(kernel, file.owner):
        if not process.threads or not _permitted(file, process):
            continue
        if number:
            shown = SignalCode.SI_SIGIO if number in _OWN_CODES else code
            try:
                send_to_process(process, SignalInfo(number, shown, band=band, fd=descriptor))
                continue
            except Errno:
                # The queue is full: SIGIO says that something was lost.
                pass
        send_to_process(process, SignalInfo(Signal.SIGIO, SignalCode.SI_KERNEL))


def _owners(kernel: KernelServices, owner: int) -> list[Process]:
    if owner < 0:
        return list(kernel.tasks.group(-owner))
    process = kernel.tasks.process(owner) if owner else None
    if process is None and owner and (thread := kernel.tasks.find(owner)) is not None:
        process = thread.process
    return [] if process is None else [process]


def _permitted(file: File, process: Process) -> bool:
    setter, target = file.owner_credentials, process.leader.credentials
    if setter is None:
        return False
    return setter.euid == 0 or bool({setter.euid, setter.uid} & {target.suid, target.uid})

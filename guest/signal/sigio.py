"""SIGIO: telling the owner of an open file that something about it has happened (`fs/fcntl.c`, send_sigio)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.errno import Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.sigio import BANDS, SigioCode
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


def set_async(kernel: KernelServices, file: File, descriptor: int, *, wanted: bool) -> None:
    """Set or clear O_ASYNC: the owner is told whenever the file becomes ready. Files of other kinds than pipes and
    sockets are left as they are.
    """
    if file.asynchronous is not None:
        file.asynchronous.end()
    if wanted and file.can_be_asynchronous:
        file.asynchronous = _Follower(kernel, file, descriptor)
        file.flags |= int(OpenFlag.O_ASYNC)


class _Follower:
    """Tells the owner of a file of its readiness (Linux: struct fasync_struct)."""

    def __init__(self, kernel: KernelServices, file: File, descriptor: int) -> None:
        self._kernel = kernel
        self._file = file
        self._descriptor = descriptor
        file.readiness.watch(self._notice)
        file.watchers.append(self.end)

    def end(self) -> None:
        """Tell no more: O_ASYNC is cleared, or the file released."""
        self._file.readiness.unwatch(self._notice)
        self._file.watchers.remove(self.end)
        self._file.asynchronous = None
        self._file.flags &= ~int(OpenFlag.O_ASYNC)

    def _notice(self, mask: int) -> bool:
        file = self._file
        if mask == -1:
            # The file's state as a whole has changed.
            mask = file.poll()
            hung_up = bool(mask & PollEvent.POLLHUP)
        else:
            hung_up = False
        if hung_up:
            self._send(SigioCode.POLL_HUP)
        elif mask & PollEvent.POLLIN and file.readable:
            self._send(SigioCode.POLL_IN)
        elif mask & PollEvent.POLLOUT and file.writable:
            self._send(SigioCode.POLL_OUT)
        return False

    def _send(self, code: SigioCode) -> None:
        send_sigio(self._kernel, self._file, self._descriptor, code)


def send_sigio(kernel: KernelServices, file: File, descriptor: int, code: SigioCode) -> None:
    """Tell the owner: by the signal that F_SETSIG set, with what happened, else by SIGIO."""
    number = file.owner_signal
    for process in _owners(kernel, file.owner):
        if not process.threads or not _permitted(file, process):
            continue
        if number:
            shown = SignalCode.SI_SIGIO if number in _OWN_CODES else code
            try:
                send_to_process(process, SignalInfo(number, shown, band=BANDS[code], fd=descriptor))
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

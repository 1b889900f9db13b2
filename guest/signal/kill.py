"""System calls that send signals to processes, threads and groups."""

from __future__ import annotations

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.signal import SIGINFO_BYTES, SignalCode
from guest.arguments import Address, Fd, Pid, UInt
from guest.credentials import Capability
from guest.events.pidfd import process_of
from guest.fs.directory import DirectoryFile
from guest.fs.file import File
from guest.mm.user_copy import copy_from_user
from guest.proc.task_directory import TaskDirectory
from guest.signal.arguments import SignalName
from guest.signal.send import send_to_process, send_to_task
from guest.signal.state import SignalInfo, is_valid_signal
from guest.syscall import syscall
from guest.task import Process, Task

_INT_MIN = -(1 << 31)


def may_signal(sender: Task, process: Process, number: int) -> bool:
    """Whether the sender's credentials let it send the signal (check_kill_permission)."""
    if sender.process is process:
        return True
    target, own = process.leader.credentials, sender.credentials
    if {own.uid, own.euid} & {target.uid, target.suid} or own.capable(Capability.CAP_KILL):
        return True
    return number == Signal.SIGCONT and sender.process.session == process.session


@syscall("kill")
def kill(task: Task, pid: Pid, number: SignalName) -> None:
    _check_number(number)
    info = _own_info(task, number, SignalCode.SI_USER)
    if pid > 0:
        _send_to_one(task, _process(task, pid), info)
        return
    if pid == _INT_MIN:
        raise Errno(E.ESRCH)
    tasks = task.kernel.tasks
    if pid == -1:
        # Everybody but the sender and the first process; it is no error if some may not be signalled.
        targets = [process for process in tasks.processes() if process.pid > 1 and process is not task.process]
    else:
        targets = tasks.group(-pid if pid else task.process.group)
    _send_to_all(task, targets, info)


@syscall("tkill")
def tkill(task: Task, tid: Pid, number: SignalName) -> None:
    if tid <= 0:
        raise Errno(E.EINVAL)
    _send_to_thread(task, None, tid, _own_info(task, number, SignalCode.SI_TKILL))


@syscall("tgkill")
def tgkill(task: Task, pid: Pid, tid: Pid, number: SignalName) -> None:
    if tid <= 0 or pid <= 0:
        raise Errno(E.EINVAL)
    _send_to_thread(task, pid, tid, _own_info(task, number, SignalCode.SI_TKILL))


@syscall("rt_sigqueueinfo")
def rt_sigqueueinfo(task: Task, pid: Pid, number: SignalName, info: Address) -> None:
    sent = _read_info(task, number, info)
    _check_claim(task, sent, pid)
    _check_number(number)
    _send_to_one(task, _process(task, pid), sent)


@syscall("rt_tgsigqueueinfo")
def rt_tgsigqueueinfo(task: Task, pid: Pid, tid: Pid, number: SignalName, info: Address) -> None:
    sent = _read_info(task, number, info)
    if tid <= 0 or pid <= 0:
        raise Errno(E.EINVAL)
    _check_claim(task, sent, tid)
    _send_to_thread(task, pid, tid, sent)


@syscall("pidfd_send_signal")
def pidfd_send_signal(task: Task, pidfd: Fd, number: SignalName, info: Address, flags: UInt) -> None:
    if flags:
        raise Errno(E.EINVAL)
    process = _process_behind(task.files.get(pidfd))
    if info:
        sent = _read_info(task, number, info)
        if sent.raw[:4] != (number & 0xFFFFFFFF).to_bytes(4, "little"):
            raise Errno(E.EINVAL)
        _check_claim(task, sent, process.pid)
    else:
        sent = _own_info(task, number, SignalCode.SI_USER)
    _check_number(number)
    if task.kernel.tasks.process(process.pid) is not process:
        raise Errno(E.ESRCH)
    _send_to_one(task, process, sent)


def _process_behind(file: File) -> Process:
    """The process of a pidfd, or of an opened /proc/PID, which was a pidfd before there were any (EBADF)."""
    inode = file.dentry.inode if isinstance(file, DirectoryFile) else None
    if isinstance(inode, TaskDirectory) and not inode.is_thread:
        return inode.task.process
    return process_of(file)


def _own_info(task: Task, number: int, code: int) -> SignalInfo:
    return SignalInfo(number, code, task.pid, task.credentials.uid)


def _read_info(task: Task, number: int, address: int) -> SignalInfo:
    return SignalInfo.from_bytes(number, copy_from_user(task.mm, address, SIGINFO_BYTES))


def _check_claim(task: Task, info: SignalInfo, target: int) -> None:
    """Only to itself may a process send what looks as if it came from the kernel or from kill."""
    if (info.code >= SignalCode.SI_USER or info.code == SignalCode.SI_TKILL) and target != task.pid:
        raise Errno(E.EPERM)


def _check_number(number: int) -> None:
    if number and not is_valid_signal(number):
        raise Errno(E.EINVAL)


def _process(task: Task, pid: int) -> Process:
    """The process with a number, or the one of a thread with that number (ESRCH)."""
    tasks = task.kernel.tasks
    process = tasks.process(pid)
    if process is None and (thread := tasks.find(pid)) is not None:
        process = thread.process
    if process is None:
        raise Errno(E.ESRCH)
    return process


def _send_to_one(task: Task, process: Process, info: SignalInfo) -> None:
    if not may_signal(task, process, info.number):
        raise Errno(E.EPERM)
    if info.number:
        send_to_process(process, info)


def _send_to_all(task: Task, targets: list[Process], info: SignalInfo) -> None:
    """One success is enough; ESRCH if there is nobody, EPERM if nobody may be signalled."""
    if not targets:
        raise Errno(E.ESRCH)
    allowed = [process for process in targets if may_signal(task, process, info.number)]
    if not allowed:
        raise Errno(E.EPERM)
    for process in allowed:
        _send_to_one(task, process, info)


def _send_to_thread(task: Task, pid: int | None, tid: int, info: SignalInfo) -> None:
    target = task.kernel.tasks.find(tid)
    if target is None or (pid is not None and target.pid != pid):
        raise Errno(E.ESRCH)
    _check_number(info.number)
    if not may_signal(task, target.process, info.number):
        raise Errno(E.EPERM)
    if info.number and not target.exited:
        send_to_task(target, info)

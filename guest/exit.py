"""The end of tasks and processes: exit and exit_group, what a task leaves behind, and who learns of it.

A task gives back what it shares at once. A process whose last task is over becomes a zombie: its children go to the
nearest subreaper above or to process 1, its parent gets SIGCHLD, and it leaves the task table when it is waited for
(see `child_wait.py`), at once if the parent does not want to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest import accounting
from guest.abi.constants import Signal
from guest.abi.errno import Errno
from guest.arguments import Int
from guest.child_notice import end_info, ignores_ends
from guest.futex.operations import wake_word
from guest.futex.robust import release_futexes
from guest.ipc.sem_syscalls import exit_process
from guest.mm.user_copy import copy_to_user
from guest.signal import jobs
from guest.signal.send import send_to_process
from guest.signal.state import SignalInfo
from guest.syscall import syscall
from guest.task import Process, Task, TaskExit
from guest.tty.job_control import give_up

if TYPE_CHECKING:
    from guest.services import KernelServices


@syscall("exit")
def exit_(task: Task, status: Int) -> None:
    raise TaskExit(status, group=False)


@syscall("exit_group")
def exit_group(task: Task, status: Int) -> None:
    raise TaskExit(status, group=True)


def end_task(task: Task, exit_code: int) -> None:
    """A task is over; its scheduler has forgotten it. `exit_code` is as wait4 gives it."""
    process = task.process
    leave_memory(task)
    process.ended_threads += task.kernel.clock.cpu_time(task)
    process.ended_accounting += accounting.of_task(task)
    process.peak_bytes = accounting.peak_resident_bytes(task.mm, process)
    if task.is_leader:
        process.leader_exit_code = exit_code
    task.release()
    if not task.is_leader:
        task.kernel.tasks.remove_task(task)
    if not process.threads:
        _end_process(task.kernel, process)


def leave_memory(task: Task) -> None:
    """The task no longer uses its address space (exit, execve): do what it registered for this moment."""
    release_futexes(task)
    address, task.clear_child_tid = task.clear_child_tid, 0
    if address and task.mm.users > 1:
        # Only if somebody is left who could look at it (pthread_join does).
        try:
            copy_to_user(task.mm, address, bytes(4))
            wake_word(task, address)
        except Errno:
            pass  # as in Linux: the address was the program's to give
    done, task.vfork_done = task.vfork_done, None
    if done is not None:
        done.wake()


def _end_process(kernel: KernelServices, process: Process) -> None:
    code = process.ending if process.ending is not None else process.leader_exit_code
    process.exit_code = code
    process.stopped = 0
    process.stop_to_report, process.continue_to_report = 0, False
    if process.timers is not None:
        process.timers.release()
    if process.undoes_semaphores:
        exit_process(kernel, process)
    if process.is_session_leader:
        give_up(process, kernel)
    jobs.end_of(kernel, process)
    _give_away_children(kernel, process)
    process.exited.wake()
    notify_parent_of_end(kernel, process)


def notify_parent_of_end(kernel: KernelServices, process: Process) -> None:
    """Tell the parent of a zombie; if it does not want to know, the zombie is gone."""
    parent = process.parent
    if parent is None:
        return
    signal = process.exit_signal
    if signal:
        send_to_process(parent, end_info(process, signal))
    if signal == Signal.SIGCHLD and ignores_ends(parent):
        reap(kernel, process)
    parent.child_event.wake()


def reap(kernel: KernelServices, process: Process) -> None:
    """A zombie is gone for good; its parent takes over its account."""
    if process.parent is not None:
        process.parent.children.remove(process)
        process.parent.waited_children += process.ended_threads + process.waited_children
        process.parent.waited_accounting += process.ended_accounting + process.waited_accounting
        peak = max(process.peak_bytes, process.children_peak_bytes)
        process.parent.children_peak_bytes = max(process.parent.children_peak_bytes, peak)
    kernel.tasks.remove_process(process)


def _give_away_children(kernel: KernelServices, process: Process) -> None:
    children, process.children = process.children, []
    if not children:
        return
    reaper = _reaper(kernel, process)
    for child in children:
        child.parent = reaper
        if reaper is None:
            continue
        reaper.children.append(child)
        if child.zombie:
            child.exit_signal = Signal.SIGCHLD
            notify_parent_of_end(kernel, child)
            continue
        for thread in tuple(child.threads):
            if thread.parent_death_signal:
                uid = process.leader.credentials.uid
                send_to_process(child, SignalInfo(thread.parent_death_signal, pid=process.pid, uid=uid))
        child.exit_signal = Signal.SIGCHLD


def _reaper(kernel: KernelServices, process: Process) -> Process | None:
    """Who adopts the children of `process`: the nearest living ancestor that asked to, else process 1."""
    ancestor = process.parent
    while ancestor is not None:
        if ancestor.child_subreaper and not ancestor.zombie:
            return ancestor
        ancestor = ancestor.parent
    init = kernel.tasks.process(1)
    return init if init is not process else None

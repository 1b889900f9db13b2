"""All tasks and processes of a machine by number, and the numbers not in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno

if TYPE_CHECKING:
    from guest.task import Process, Task

PID_MAX = 32768
"""Numbers are below it (kernel.pid_max)."""
_FIRST_AFTER_WRAP = 300
"""As in Linux (RESERVED_PIDS): daemons started at boot keep the low numbers to themselves."""


class TaskTable:
    """Every task that exists; a process is in it until its parent has waited for it."""

    def __init__(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._processes: dict[int, Process] = {}
        self._last = 0
        self._wrapped = False
        self.created = 0
        """Tasks made since the machine started."""

    def __len__(self) -> int:
        """Tasks, leaders of zombies included."""
        return len(self._tasks)

    def allocate(self) -> int:
        """A number that no task, process, group or session has (EAGAIN)."""
        used = self._numbers_in_use() if self._wrapped else set()
        for _ in range(PID_MAX):
            self._last += 1
            if self._last >= PID_MAX:
                self._last = _FIRST_AFTER_WRAP
                self._wrapped = True
                used = self._numbers_in_use()
            if self._last not in used:
                return self._last
        raise Errno(E.EAGAIN)

    def _numbers_in_use(self) -> set[int]:
        used = set(self._tasks)
        for process in self._processes.values():
            used |= {process.pid, process.group, process.session}
        return used

    def add(self, task: Task) -> None:
        """A new task; the first one of a process brings the process."""
        self._tasks[task.tid] = task
        self._processes.setdefault(task.process.pid, task.process)
        self.created += 1

    def remove_task(self, task: Task) -> None:
        """A thread is gone. A process's leader stays until `remove_process`."""
        if self._tasks.get(task.tid) is task:
            del self._tasks[task.tid]

    def remove_process(self, process: Process) -> None:
        """A process has been waited for."""
        self._processes.pop(process.pid, None)
        self._tasks.pop(process.pid, None)

    def take_leadership(self, task: Task) -> None:
        """The task becomes its process's leader with its number (execve in another thread)."""
        del self._tasks[task.tid]
        task.tid = task.process.pid
        task.process.leader = task
        self._tasks[task.tid] = task

    def find(self, tid: int) -> Task | None:
        """The task with a number; a zombie's leader too."""
        return self._tasks.get(tid)

    def process(self, pid: int) -> Process | None:
        """The process with a number; a zombie too."""
        return self._processes.get(pid)

    def processes(self) -> list[Process]:
        """All processes by number, zombies included."""
        return [self._processes[pid] for pid in sorted(self._processes)]

    def group(self, pgid: int) -> list[Process]:
        """The members of a process group by number."""
        return [process for process in self.processes() if process.group == pgid]

    def session(self, sid: int) -> list[Process]:
        """The members of a session by number."""
        return [process for process in self.processes() if process.session == sid]

    def tasks(self) -> list[Task]:
        """All tasks by number."""
        return [self._tasks[tid] for tid in sorted(self._tasks)]

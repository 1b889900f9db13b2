"""/proc/PID and /proc/PID/task/TID: one table says what is in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.fs.inode import Entry, Inode
from guest.fs.path_walk import walk
from guest.kernfs import Attribute, Directory, Link, MagicLink
from guest.proc import maps, mounts, network, task_memory, task_status
from guest.proc.descriptors import DescriptorDirectory, descriptor_number
from guest.proc.oom import adjustment_of_old_scale, oom_score, set_adjustment

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.kernfs import GeneratedFilesystem, Owner
    from guest.task import Task

_NUMBERS_PER_TASK = 1 << 20
_THREADS = 1 << 52
"""Inode numbers: of a process from pid << 20, of its threads' directories above 1 << 52."""


@dataclass(frozen=True)
class TaskFile:
    """One regular file. `store` makes it writable."""

    name: bytes
    show: Callable[[Task], bytes] | None
    store: Callable[[Task, bytes], None] | None = None
    permissions: int = 0o444
    process_only: bool = False
    """Not in the directories of threads."""
    show_thread: Callable[[Task], bytes] | None = None
    """For a file that is about the whole process, except in the directory of a thread."""


def _text(value: str) -> bytes:
    return value.encode(errors="replace") + b"\n"


def _set_name(task: Task, text: bytes) -> None:
    # Only threads of the same process may rename each other.
    current = task.kernel.current
    if current is None or current.process is not task.process:
        raise Errno(E.EINVAL)
    task.name = text.removesuffix(b"\n").split(b"\0", 1)[0][:15]


def _refused(task: Task) -> bytes:
    raise Errno(E.EPERM)


def _id_map(task: Task) -> bytes:
    return f"{0:>10} {0:>10} {4294967295:>10}\n".encode()


def _mappable(task: Task) -> bytes:
    return b"" if task.exited else maps.maps(task)


TASK_FILES = (
    TaskFile(b"auxv", task_memory.auxv, permissions=0o400),
    TaskFile(b"cgroup", lambda task: b"0::/\n"),
    TaskFile(b"cmdline", task_memory.cmdline),
    TaskFile(b"comm", lambda task: task.name + b"\n", _set_name, 0o644),
    TaskFile(b"environ", task_memory.environ, permissions=0o400),
    TaskFile(b"gid_map", _id_map),
    TaskFile(
        b"io",
        lambda task: task_status.io(task, thread=False),
        permissions=0o400,
        show_thread=lambda task: task_status.io(task, thread=True),
    ),
    TaskFile(b"limits", task_status.limits),
    TaskFile(b"loginuid", lambda task: b"4294967295"),
    TaskFile(b"maps", _mappable),
    TaskFile(b"mountinfo", lambda task: mounts.mountinfo(task.kernel)),
    TaskFile(b"mounts", lambda task: mounts.mounts(task.kernel)),
    TaskFile(b"mountstats", lambda task: mounts.mountstats(task.kernel), permissions=0o400, process_only=True),
    TaskFile(b"oom_adj", adjustment_of_old_scale),
    TaskFile(b"oom_score", oom_score),
    TaskFile(b"oom_score_adj", lambda task: _text(str(task.process.oom_score_adj)), set_adjustment, 0o644),
    TaskFile(b"pagemap", _refused, permissions=0o400),
    TaskFile(b"personality", lambda task: _text(f"{task.process.personality:08x}"), permissions=0o400),
    TaskFile(b"sched", task_status.sched),
    TaskFile(b"schedstat", task_status.schedstat),
    TaskFile(b"sessionid", lambda task: b"4294967295"),
    TaskFile(b"setgroups", lambda task: b"allow\n"),
    TaskFile(b"smaps", lambda task: b"" if task.exited else maps.smaps(task)),
    TaskFile(b"smaps_rollup", lambda task: b"" if task.exited else maps.smaps_rollup(task)),
    TaskFile(
        b"stat",
        lambda task: task_status.stat(task, thread=False),
        show_thread=lambda task: task_status.stat(task, thread=True),
    ),
    TaskFile(b"statm", task_status.statm),
    TaskFile(b"status", task_status.status),
    TaskFile(b"timerslack_ns", lambda task: _text(str(task.timer_slack_ns)), process_only=True),
    TaskFile(b"uid_map", _id_map),
    TaskFile(b"wchan", task_status.wchan),
)


class TaskDirectory(Directory):
    """One task. Its files are made when they are looked up; they stay valid when the task is gone and then fail."""

    immutable = True

    def __init__(self, filesystem: GeneratedFilesystem, task: Task, *, thread: bool) -> None:
        self.task = task
        self.is_thread = thread
        self._base = task.tid * _NUMBERS_PER_TASK + (_THREADS if thread else 0)
        super().__init__(filesystem, number=self._base, owner=self._owner, subject=task)
        self._links: dict[bytes, Callable[[], Dentry]] = {
            b"cwd": lambda: self._alive().fs.cwd,
            b"exe": self._executable,
            b"root": lambda: self._alive().fs.root,
        }
        self._special: dict[bytes, Callable[[int], Inode]] = {
            b"fd": lambda number: DescriptorDirectory(filesystem, task, self._base + 0x1000, self._owner, info=False),
            b"fdinfo": lambda number: DescriptorDirectory(
                filesystem, task, self._base + 0x1008, self._owner, info=True
            ),
            b"mem": lambda number: task_memory.MemoryInode(filesystem, task, number, self._owner),
            b"net": lambda number: network.make_directory(filesystem, task.kernel, number),
            b"ns": lambda number: Directory(filesystem, _namespaces(filesystem, task, number), number=number),
        }
        if not thread:
            self._special[b"task"] = lambda number: ThreadList(filesystem, task, number, self._owner)
        names = [
            *(file.name for file in TASK_FILES if not (thread and file.process_only)),
            *self._links,
            *self._special,
        ]
        self._order = {name: position for position, name in enumerate(sorted(names), 1)}
        self._files = {file.name: file for file in TASK_FILES}

    def lookup(self, name: bytes) -> Inode:
        position = self._order.get(name)
        if position is None or self._gone():
            raise Errno(E.ENOENT)
        number = self._base + position
        if name in self._special:
            return self._special[name](number)
        if name in self._links:
            path = self._executable_path if name == b"exe" else None
            return MagicLink(
                self.filesystem, self._links[name], path=path, number=number, owner=self._owner, subject=self.task
            )
        return self._attribute(self._files[name], number)

    def entries(self) -> list[Entry]:
        if self._gone():
            return []
        return [
            Entry(name, self._base + position, self.lookup(name).kind)
            for name, position in self._order.items()
        ]  # fmt: skip

    def _attribute(self, file: TaskFile, number: int) -> Attribute:
        task, store = self.task, file.store
        show = (file.show_thread if self.is_thread else None) or file.show

        def read() -> bytes:
            if self._gone():
                raise Errno(E.ESRCH)
            assert show is not None
            return show(task)

        def write(text: bytes) -> None:
            if self._gone():
                raise Errno(E.ESRCH)
            assert store is not None
            store(task, text)

        return Attribute(
            self.filesystem, read, write if store else None, permissions=file.permissions, number=number,
            owner=self._owner, subject=task,
        )  # fmt: skip

    def _owner(self) -> tuple[int, int]:
        credentials = self.task.credentials
        # A process that is not dumpable belongs to root, so that its user's other programs cannot look into it.
        return (credentials.euid, credentials.egid) if self.task.process.dumpable == 1 else (0, 0)

    def _gone(self) -> bool:
        """Whether the task has left the task table."""
        return self.task.kernel.tasks.find(self.task.tid) is not self.task

    def _alive(self) -> Task:
        if self.task.exited or self.task.process.zombie:
            raise Errno(E.ENOENT)
        return self.task

    def _executable_path(self) -> bytes:
        mm = self._alive().mm
        return mm.program.shown_path() if mm.program is not None else mm.executable

    def _executable(self) -> Dentry:
        program = self._alive().mm.program
        if program is not None:
            return program
        root = self.task.kernel.tree.root
        return walk(root, root, self._executable_path(), follow=True).existing()


class ThreadList(Directory):
    """/proc/PID/task."""

    def __init__(self, filesystem: GeneratedFilesystem, task: Task, number: int, owner: Owner) -> None:
        super().__init__(filesystem, number=number, owner=owner, subject=task)
        self._task = task

    def lookup(self, name: bytes) -> Inode:
        tid = descriptor_number(name)
        for thread in self._threads():
            if thread.tid == tid:
                return TaskDirectory(self.filesystem, thread, thread=True)
        raise Errno(E.ENOENT)

    def entries(self) -> list[Entry]:
        threads = self._threads()
        numbers = [_THREADS + thread.tid * _NUMBERS_PER_TASK for thread in threads]
        return [
            Entry(str(thread.tid).encode(), number, 0o040000) for thread, number in zip(threads, numbers, strict=True)
        ]

    def _threads(self) -> list[Task]:
        # The leader of a zombie is still listed.
        process = self._task.process
        return sorted(process.threads, key=lambda thread: thread.tid) or [process.leader]


_NAMESPACES = (b"cgroup", b"ipc", b"mnt", b"net", b"pid", b"pid_for_children", b"time", b"time_for_children", b"user",
               b"uts")  # fmt: skip
_FIRST_NAMESPACE = 0xF0000000 - 16


def _namespaces(filesystem: GeneratedFilesystem, task: Task, number: int) -> dict[bytes, Inode]:
    """Links that name the machine's only namespace of each kind."""
    found: dict[bytes, Inode] = {}
    for position, name in enumerate(_NAMESPACES):
        kind = name.removesuffix(b"_for_children")
        identity = _FIRST_NAMESPACE + _NAMESPACES.index(kind)
        found[name] = Link(
            filesystem,
            b"%s:[%d]" % (kind, identity),
            number=task.tid * _NUMBERS_PER_TASK + 0x800 + position,
            subject=task,
        )
    return found

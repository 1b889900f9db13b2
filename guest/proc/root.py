"""The root of procfs: processes by number, and the files of the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import make_device
from guest.fs.inode import Entry, Inode
from guest.kernfs import Attribute, Directory, GeneratedFilesystem, Link
from guest.proc import system, sysvipc
from guest.proc.descriptors import descriptor_number
from guest.proc.sysctl import make_sysctl
from guest.proc.task_directory import TaskDirectory

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process, Task

PROC_MAGIC = 0x9FA0
_ROOT_NUMBER = 1
_FIRST_STATIC = 0xF0000000
"""Numbers of files that are always there (PROC_DYNAMIC_FIRST)."""


class ProcRoot(Directory):
    """/proc."""

    def __init__(self, kernel: KernelServices) -> None:
        filesystem = GeneratedFilesystem(
            PROC_MAGIC,
            make_device(0, 22),
            kernel.identity.epoch_ns,
            first_number=_FIRST_STATIC,
            missing_names_fail=True,
        )
        super().__init__(filesystem, number=_ROOT_NUMBER)
        self._kernel = kernel
        texts: dict[bytes, Callable[[KernelServices], bytes]] = {
            b"cmdline": lambda kernel: b"console=ttyAMA0\n",
            b"cpuinfo": system.cpuinfo,
            b"devices": system.devices,
            b"diskstats": lambda kernel: b"",
            b"filesystems": system.filesystems,
            b"interrupts": system.interrupts,
            b"loadavg": system.loadavg,
            b"meminfo": system.meminfo,
            b"partitions": lambda kernel: b"major minor  #blocks  name\n\n",
            b"schedstat": system.schedstat,
            b"stat": system.stat,
            b"swaps": lambda kernel: b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
            b"uptime": system.uptime,
            b"version": system.version,
            b"vmstat": system.vmstat,
            b"zoneinfo": system.zoneinfo,
        }
        for name, show in texts.items():
            self.children[name] = Attribute(filesystem, _bound(show, kernel))
        objects = {b"msg": sysvipc.msg, b"sem": sysvipc.sem, b"shm": sysvipc.shm}
        shown = {name: Attribute(filesystem, _bound(show, kernel)) for name, show in objects.items()}
        self.children[b"sysvipc"] = Directory(filesystem, shown)
        self.children[b"mounts"] = Link(filesystem, b"self/mounts")
        self.children[b"net"] = Link(filesystem, b"self/net")
        self.children[b"self"] = Link(filesystem, lambda: str(self._current().pid).encode())
        self.children[b"sys"] = make_sysctl(filesystem, kernel)
        self.children[b"thread-self"] = Link(
            filesystem, lambda: b"%d/task/%d" % (self._current().pid, self._current().tid)
        )

    def lookup(self, name: bytes) -> Inode:
        child = self.children.get(name)
        if child is not None:
            return child
        pid = descriptor_number(name)
        process = self._kernel.tasks.process(pid) if pid is not None else None
        if process is not None:
            return self._process(process)
        # The number of a thread can be looked up, but is not listed.
        task = self._kernel.tasks.find(pid) if pid is not None else None
        if task is None:
            raise Errno(E.ENOENT)
        return TaskDirectory(self.filesystem, task, thread=False)

    def entries(self) -> list[Entry]:
        listed = super().entries()
        for process in self._kernel.tasks.processes():
            directory = self._process(process)
            listed.append(Entry(str(process.pid).encode(), directory.number, directory.kind))
        return listed

    def _process(self, process: Process) -> TaskDirectory:
        return TaskDirectory(self.filesystem, process.leader, thread=False)

    def _current(self) -> Task:
        task = self._kernel.current
        if task is None:
            raise Errno(E.ENOENT)
        return task


def _bound(show: Callable[[KernelServices], bytes], kernel: KernelServices) -> Callable[[], bytes]:
    return lambda: show(kernel)

"""perf_event_open: counters of devices (`guest/device/pmu.py`), for the whole machine."""

from __future__ import annotations

from enum import IntFlag

from guest.abi.cstruct import U32, U64, Struct
from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.arguments import Address, Fd, Int, Pid, ULong
from guest.credentials import Capability
from guest.device.pmu import Reader
from guest.events.anon_inode import AnonymousEventFile
from guest.mm.user_copy import copy_to_user, read_extensible
from guest.syscall import syscall
from guest.task import Task
from guest.wait import Blocking

_IOC_ENABLE, _IOC_DISABLE, _IOC_RESET, _IOC_ID = 0x2400, 0x2401, 0x2403, 0x8008_2407
_FLAG_CLOEXEC = 1 << 3


class PerfEventAttr(Struct):
    """struct perf_event_attr, first version."""

    type: U32 = 0
    length: U32 = 0
    config: U64 = 0
    sample_period: U64 = 0
    sample_type: U64 = 0
    read_format: U64 = 0
    flags: U64 = 0
    wakeup_events: U32 = 0
    bp_type: U32 = 0
    config1: U64 = 0


class ReadFormat(IntFlag):
    """What a read gives besides the count."""

    TOTAL_TIME_ENABLED = 1 << 0
    TOTAL_TIME_RUNNING = 1 << 1
    ID = 1 << 2
    GROUP = 1 << 3
    LOST = 1 << 4


_DISABLED, _INHERIT = 1 << 0, 1 << 1
_KNOWN_FORMATS = int(ReadFormat.TOTAL_TIME_ENABLED | ReadFormat.TOTAL_TIME_RUNNING | ReadFormat.ID | ReadFormat.LOST)


class PerfEvent(AnonymousEventFile):
    """A counter that runs while it is enabled."""

    def __init__(self, task: Task, reader: Reader, attributes: PerfEventAttr) -> None:
        super().__init__(b"[perf_event]", OpenFlag.O_RDWR)
        self._clock = task.kernel.clock
        self._value = reader(attributes.config)
        self._format = attributes.read_format
        self._id = task.kernel.devices.pmus.new_event()
        self._total = self._total_ns = 0
        self._begin = self._begin_ns = 0
        self._enabled = False
        if not attributes.flags & _DISABLED:
            self._enable()

    def _enable(self) -> None:
        if not self._enabled:
            self._enabled = True
            self._begin, self._begin_ns = self._value(), self._clock.now_ns()

    def _settle(self) -> None:
        """Add what has been counted by now."""
        if self._enabled:
            value, now_ns = self._value(), self._clock.now_ns()
            self._total += value - self._begin
            self._total_ns += now_ns - self._begin_ns
            self._begin, self._begin_ns = value, now_ns

    def read(self, size: int) -> bytes:
        self._settle()
        values = [self._total]
        values += [self._total_ns] * bin(self._format & 3).count("1")
        if self._format & ReadFormat.ID:
            values.append(self._id)
        if self._format & ReadFormat.LOST:
            values.append(0)
        data = b"".join((value & (1 << 64) - 1).to_bytes(8, "little") for value in values)
        if size < len(data):
            raise Errno(E.ENOSPC)
        return data

    def poll(self) -> int:
        return int(PollEvent.POLLHUP)  # nothing is ever sampled

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        self._settle()
        if command == _IOC_ENABLE:
            self._enable()
        elif command == _IOC_DISABLE:
            self._enabled = False
        elif command == _IOC_RESET:
            self._total = 0
        elif command == _IOC_ID:
            copy_to_user(task.mm, argument, self._id.to_bytes(8, "little"))
        else:
            raise Errno(E.ENOTTY)
        return 0


@syscall(
    "perf_event_open",
    partial="counters of devices only, for the whole machine, without sampling and groups: ENOENT for others",
)
def perf_event_open(task: Task, attributes: Address, pid: Pid, cpu: Int, group: Fd, flags: ULong) -> int:
    if flags & ~_FLAG_CLOEXEC:
        raise Errno(E.EINVAL)
    wanted = read_extensible(task.mm, attributes, PerfEventAttr, length_at=4, least=PerfEventAttr.size)
    pmu = task.kernel.devices.pmus.find(wanted.type)
    if pmu is None:
        raise Errno(E.ENOENT)
    if pid != -1 or not 0 <= cpu < task.kernel.cpu.cores or group != -1:
        raise Errno(E.EINVAL)
    if wanted.sample_period or wanted.flags & _INHERIT or wanted.read_format & ~_KNOWN_FORMATS:
        raise Errno(E.EINVAL)
    # kernel.perf_event_paranoid is 2: only the privileged look at the whole machine.
    if not any(map(task.credentials.capable, (Capability.CAP_PERFMON, Capability.CAP_SYS_ADMIN))):
        raise Errno(E.EACCES)
    event = PerfEvent(task, pmu.reader, wanted)
    return task.files.install(event, close_on_exec=bool(flags & _FLAG_CLOEXEC))

"""A small driver that shows all of the interface: a ring of bytes between writers and readers.

/dev/ring0     write puts bytes in, read takes them out (both may wait); poll; mmap shows a page of statistics
ioctl          RING_SIZE gives the size, RING_DRAIN waits until the ring is empty, RING_START has the device
               produce bytes itself, a while later and with an interrupt
sysfs          bytes_in, bytes_out; capacity can be written
debugfs        content
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.device.memory import DeviceMemory
from guest.fs.file import File
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.wait import Blocking, Wait, WaitQueue

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.mm.vma import MappedFile
    from guest.services import KernelServices
    from guest.task import Task

RING_SIZE = 0x80045200
RING_DRAIN = 0x5201
RING_START = 0x40085202
PRODUCED = b"from the device"


class RingDevice:
    """What belongs to the device, whoever has it open."""

    def __init__(self, kernel: KernelServices) -> None:
        self.kernel = kernel
        self.capacity = 64
        self.content = bytearray()
        self.bytes_in = self.bytes_out = 0
        self.opens = 0
        self.readiness = WaitQueue()
        self.statistics = DeviceMemory(kernel, b"/dev/ring0", 4096)
        devices = kernel.devices
        self.device = devices.add("ring0", "ring", self.open, major=devices.allocate_major("ring"), mode=0o666)
        self.device.attribute("bytes_in", lambda: b"%d\n" % self.bytes_in)
        self.device.attribute("bytes_out", lambda: b"%d\n" % self.bytes_out)
        self.device.attribute("capacity", lambda: b"%d\n" % self.capacity, self.set_capacity)
        self.device.debug_attribute("content", lambda: bytes(self.content))
        self.line = devices.interrupts.request("ring0", self.produce)

    def open(self, task: Task, dentry: Dentry, flags: int) -> File:
        if self.opens == 4:
            raise Errno(E.EBUSY)
        return RingFile(dentry, flags, self)

    def set_capacity(self, text: bytes) -> None:
        if not text.strip().isdigit():
            raise Errno(E.EINVAL)
        self.capacity = int(text)
        self.device.uevent("change", CAPACITY=str(self.capacity))
        self.readiness.wake()

    def put(self, data: bytes) -> None:
        self.content += data
        self.bytes_in += len(data)
        self.statistics.write(0, self.bytes_in.to_bytes(8, "little"))
        self.readiness.wake()

    def start(self, delay_ns: int) -> None:
        """The device works on its own and raises its interrupt on core 0 when it is done."""
        done_ns = self.kernel.clock.now_ns() + delay_ns
        self.kernel.timers.add(done_ns, lambda: self.line.raise_on(0))

    def produce(self) -> None:
        """In the interrupt."""
        self.put(PRODUCED)


class RingFile(File):
    """One open: its own state is how much was read through it."""

    def __init__(self, dentry: Dentry, flags: int, ring: RingDevice) -> None:
        super().__init__(dentry, flags)
        self.ring = ring
        self.readiness = ring.readiness
        self.taken = 0
        ring.opens += 1

    def release(self) -> None:
        self.ring.opens -= 1

    def read(self, size: int) -> bytes:
        ring = self.ring
        if not ring.content:
            raise Errno(E.EAGAIN)
        data = bytes(ring.content[:size])
        del ring.content[:size]
        ring.bytes_out += len(data)
        self.taken += len(data)
        ring.readiness.wake()
        return data

    def write(self, data: bytes | memoryview) -> int:
        room = self.ring.capacity - len(self.ring.content)
        if room <= 0:
            raise Errno(E.EAGAIN)
        self.ring.put(bytes(data[:room]))
        return min(len(data), room)

    def poll(self) -> int:
        events = 0
        if self.ring.content:
            events |= PollEvent.POLLIN | PollEvent.POLLRDNORM
        if len(self.ring.content) < self.ring.capacity:
            events |= PollEvent.POLLOUT | PollEvent.POLLWRNORM
        return int(events)

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        if command == RING_SIZE:
            copy_to_user(task.mm, argument, self.ring.capacity.to_bytes(4, "little"))
            return 0
        if command == RING_START:
            self.ring.start(int.from_bytes(copy_from_user(task.mm, argument, 8), "little"))
            return 0
        if command == RING_DRAIN:
            return self._drain()
        raise Errno(E.ENOTTY)

    def _drain(self) -> Blocking[int]:
        while self.ring.content:
            yield Wait((self.ring.readiness,))
        return 0

    def mmap(self, *, shared: bool, writable: bool) -> MappedFile:
        if not shared or writable:
            raise Errno(E.EACCES)
        return self.ring.statistics

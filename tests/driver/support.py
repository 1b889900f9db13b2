"""A device on a machine without a processor: commands come as programs give them, and the test moves the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from driver import uapi
from driver.accelerator import Accelerator
from driver.client import Client
from driver.config import DriverConfig
from emulator.core import Core
from emulator.tile_registers import TileRegisters
from guest.abi.cstruct import Struct
from guest.services import CpuDescription
from guest.syscall import Pending
from guest.wait import Wakeup
from tests.emulator.support import hardware
from tests.guest.conftest import Guest

NUMBERS = {kind: number for number, kind in enumerate(uapi.COMMANDS)}
FOREVER = (1 << 63) - 1
CONFIG = DriverConfig(
    contexts_limit=4,
    buffer_limit_bytes=1 << 20,
    batch_limit=8,
    queue_limit=8,
    job_timeout_ns=1e6,
    quantum_ns=0,
    job_cycles=10,
    mvm_cycles=1,
    doorbell_ns=10,
    dma_latency_ns=20,
    dma_bytes_per_ns=4,
    interrupt_latency_ns=30,
    poll_ns=10,
    hybrid_ns=300,
    autosuspend_ns=1e12,
    wake_ns=500,
    calibrate_ns=1000,
    fail_program_ppm=0,
    fail_timeout_ppm=0,
    fail_ecc_ppm=0,
    fault_schedule="",
    trace_events=100,
)


@dataclass
class Reply:
    """What a command gave."""

    result: int
    """Negative: an error number."""
    arguments: Any


class Bench:
    """One process with the device open; each tile has 16 rows and columns."""

    def __init__(self, tiles: int = 2, config: DriverConfig = CONFIG) -> None:
        self.guest = Guest(None)
        kernel = self.guest.kernel
        kernel.cpu = CpuDescription(cores=tiles, frequency_hz=1_000_000_000)
        hardware_ = hardware()
        self.cores = [Core(number, hardware_) for number in range(tiles)]
        registers = TileRegisters(kernel.caches.physical, hardware_.tile, cycles_per_ns=1)
        self.accelerator = Accelerator(kernel, config, hardware_, self.cores, registers)
        self.fd = self.open()

    def open(self) -> int:
        """A further client; its descriptor."""
        fd = self.guest.call("openat", -100, "/dev/accel/accel0", 2)
        assert fd >= 0
        return fd

    def client(self, fd: int | None = None) -> Client:
        file = self.guest.task.files.get(self.fd if fd is None else fd)
        assert isinstance(file, Client)
        return file

    def start(self, arguments: Struct, fd: int | None = None) -> tuple[int | Pending, int]:
        """Begin a command: its result, and where its arguments are."""
        self.guest._next = 0x10_0000
        address = self.guest.put(arguments.to_bytes())
        number = uapi.command(NUMBERS[type(arguments)])
        return self.guest.start("ioctl", self.fd if fd is None else fd, number, address), address

    def call(self, arguments: Struct, fd: int | None = None) -> Reply:
        """A command; guest time passes if it waits."""
        result, address = self.start(arguments, fd)
        while isinstance(result, Pending):
            deadline = self.guest.kernel.timers.next_deadline_ns()
            assert deadline is not None, "it would wait for ever"
            limit = result.wait.deadline_ns
            if limit is not None and limit < deadline:
                self.guest.clock.ns = limit
                result = result.resume(Wakeup.TIMEOUT)
            else:
                self.pass_time(deadline)
                result = result.resume(Wakeup.WOKEN)
        data = self.guest.read(address, type(arguments).size)
        return Reply(result, type(arguments).from_bytes(data))

    def pass_time(self, until_ns: int) -> None:
        """Let everything happen that is due until then."""
        timers = self.guest.kernel.timers
        while (deadline := timers.next_deadline_ns()) is not None and deadline <= until_ns:
            self.guest.clock.ns = max(self.guest.clock.ns, deadline)
            timers.fire(deadline)
        self.guest.clock.ns = max(self.guest.clock.ns, until_ns)

    def done(self, arguments: Struct, fd: int | None = None) -> Any:
        """The arguments after a command that has to succeed."""
        reply = self.call(arguments, fd)
        assert reply.result == 0, reply
        return reply.arguments

    def context(self, tiles: int = 1, fd: int | None = None, **fields: int) -> int:
        """A new context."""
        number: int = self.done(uapi.CtxCreate(tiles=tiles, **fields), fd).ctx
        return number

    def buffer(self, size: int = 4096) -> int:
        """A new buffer."""
        handle: int = self.done(uapi.BoCreate(length=size)).handle
        return handle

    def wait(self, context: int, fence: int, fd: int | None = None) -> tuple[int, int]:
        """Status and result of a job."""
        reply = self.done(uapi.WaitFence(ctx=context, fence=fence, timeout_ns=FOREVER), fd)
        return reply.status, reply.result

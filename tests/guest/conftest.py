"""A machine without a processor: real memory, files and tasks, with a clock that the test moves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from emulator.engine import ProcessorState
from emulator.memory import GuestMemory, PhysicalMemory, Protection
from guest.fs.context import FsContext
from guest.fs.fdtable import FileTable
from guest.fs.streams import Streams, standard_files
from guest.fs.tree import FileTree
from guest.mm.address_space import AddressSpace
from guest.mm.page_cache import PageCaches
from guest.random import RandomStream
from guest.services import CpuTime, KernelServices
from guest.signal.state import SignalHandlers
from guest.syscall import Pending
from guest.syscall_table import make_table
from guest.task import Process, SavedRegisters, Task

SCRATCH = 0x10_0000
SCRATCH_SIZE = 0x10_0000


@dataclass
class ManualClock:
    """Guest time that the test sets."""

    ns: int = 0
    used: CpuTime = field(default_factory=CpuTime)

    def now_ns(self) -> int:
        return self.ns

    def cpu_time(self, task: Task) -> CpuTime:
        return self.used

    def current_core(self, task: Task) -> int:
        return 0


class ManualScheduling:
    """Notes what is asked of the run loop; nothing runs."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.physical = PhysicalMemory(64 << 20)

    def wake_for_signal(self, task: Task) -> None:
        task.attention = True
        self.asked.append(("wake_for_signal", task))

    def parameters_changed(self, task: Task) -> None:
        self.asked.append(("parameters_changed", task))

    def slice_ns(self, task: Task) -> int:
        return 3_000_000

    def stop_process(self, process: Process, signal: int) -> None:
        process.stopped = signal
        self.asked.append(("stop_process", process, signal))

    def continue_process(self, process: Process) -> None:
        process.stopped = 0
        self.asked.append(("continue_process", process))

    def end_process(self, process: Process, status: int, signal: int | None = None, core: bool = False) -> None:
        self.asked.append(("end_process", process, status, signal, core))

    def end_other_threads(self, task: Task) -> None:
        self.asked.append(("end_other_threads", task))

    def new_memory(self) -> GuestMemory:
        return GuestMemory(self.physical)

    def start_task(self, child: Task, parent: Task, *, stack: int, thread_pointer: int | None) -> None:
        state = parent.registers.state()
        state.x[0] = 0
        state.sp = stack or state.sp
        if thread_pointer is not None:
            state.thread_pointer = thread_pointer
        child.registers = SavedRegisters(state)
        self.asked.append(("start_task", child))

    def start_program(self, task: Task, pc: int, sp: int) -> None:
        task.registers = SavedRegisters(ProcessorState([0] * 31, sp, pc, 0, [0] * 32, 0, 0, 0))
        self.asked.append(("start_program", task))


class Guest:
    """One task and a way to call the kernel as a program does: numbers in registers, data in memory."""

    def __init__(self, sysroot: Path | None, stdin: bytes = b"", *, writable: bool = False) -> None:
        self.clock = ManualClock()
        tree = FileTree(sysroot, RandomStream(0, "/dev/random"), writable=writable)
        self.scheduling = ManualScheduling()
        self.kernel = KernelServices(
            clock=self.clock, tree=tree, seed=0, memory_bytes=64 << 20, scheduling=self.scheduling,
            caches=PageCaches(self.scheduling.physical),
        )  # fmt: skip
        self.stdin, self.stdout, self.stderr = io.BytesIO(stdin), io.BytesIO(), io.BytesIO()
        files = FileTable()
        for file in standard_files(Streams(self.stdin, self.stdout, self.stderr)):
            files.install(file)
        process = Process(pid=1, parent=None)
        self.mm = AddressSpace(
            self.scheduling.new_memory(), limit_bytes=64 << 20, work=self.kernel.work, caches=self.kernel.caches
        )
        self.mm.map(SCRATCH, SCRATCH_SIZE, Protection.READ | Protection.WRITE, fixed=True)
        fs = FsContext(tree.root, tree.root, self.kernel.work)
        self.task = Task(1, process, self.mm, files, fs, SignalHandlers(), self.kernel, name=b"test")
        process.threads.append(self.task)
        self.kernel.tasks.allocate()
        self.kernel.tasks.add(self.task)
        self.table = make_table()
        self._next = SCRATCH

    def put(self, data: bytes) -> int:
        """Place data in user memory; its address."""
        address = self._next
        self.mm.memory.write(address, data)
        self._next += -(-len(data) // 16) * 16 + 16
        return address

    def string(self, text: str | bytes) -> int:
        """Place a C string."""
        return self.put((text.encode() if isinstance(text, str) else text) + b"\0")

    def start(self, name: str, *arguments: int | str | bytes) -> int | Pending:
        """Begin a call; strings are placed in memory, negative numbers become registers."""
        from guest.abi.syscalls import NUMBERS

        registers = [
            argument & (1 << 64) - 1 if isinstance(argument, int) else self.string(argument) for argument in arguments
        ]
        return self.table.dispatch(self.task, NUMBERS[name], registers + [0] * (6 - len(registers)))

    def call(self, name: str, *arguments: int | str | bytes) -> int:
        """A call that does not block: its result, -errno for a failure."""
        result = self.start(name, *arguments)
        assert isinstance(result, int), f"{name} blocks"
        return result

    def read(self, address: int, size: int) -> bytes:
        return self.mm.memory.read(address, size)


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    """An empty guest root."""
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def make_guest(sysroot: Path) -> Iterator[Callable[..., Guest]]:
    """Makes guests, with the sysroot unless told otherwise, and ends them after the test."""
    guests: list[Guest] = []

    def make(stdin: bytes = b"", *, with_sysroot: bool = True, writable: bool = False) -> Guest:
        guests.append(Guest(sysroot if with_sysroot else None, stdin, writable=writable))
        return guests[-1]

    yield make
    for guest in guests:
        guest.task.release()


@pytest.fixture
def guest(make_guest: Callable[..., Guest]) -> Guest:
    """One guest on the sysroot."""
    return make_guest()

"""One open file of the device: what it has, how its ioctls are dispatched, and what their arguments name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Any

from driver import uapi
from driver.commands import buffers, contexts, jobs, maintenance, query
from driver.job import Part
from emulator.memory import Protection
from guest.abi.cstruct import Struct
from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.fs.file import File
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user
from guest.wait import Blocking

if TYPE_CHECKING:
    from driver.accelerator import Accelerator
    from driver.buffer import Buffer
    from driver.context import Context, Job
    from driver.job import Work
    from driver.registers import RegisterPage
    from driver.tiles import ManagedTile
    from guest.fs.dentry import Dentry
    from guest.mm.vma import MappedFile
    from guest.task import Task

_NS = 1_000_000_000
_LOST = int(PollEvent.POLLERR | PollEvent.POLLHUP)
_READ_WRITE = Protection.READ | Protection.WRITE

Handler = Callable[["Client", "Task", Any], "int | Blocking[int]"]
"""Changes its argument, which then goes back to the program; or gives a generator that waits first."""
Handlers = Mapping[type[Struct], Handler]
"""Of commands, by their arguments."""


class Client(File):
    """All that one open of the device has; it ends when the last descriptor is closed."""

    def __init__(self, dentry: Dentry, flags: int, accelerator: Accelerator, number: int) -> None:
        super().__init__(dentry, flags)
        self.number = number
        self.accelerator = accelerator
        self.kernel = accelerator.kernel
        self.jobs = accelerator.jobs
        self.contexts: dict[int, Context] = {}
        self.buffers: dict[int, Buffer] = {}
        """By their handles."""
        self.context_numbers, self.handle_numbers = count(1), count(1)
        """Of the next ones: never used again."""

    # -- as a file -----------------------------------------------------------------------------------------------

    def release(self) -> None:
        for context in list(self.contexts.values()):
            self.end_context(context)
        self.buffers.clear()
        self.accelerator.clients.remove(self)

    def poll(self) -> int:
        return _LOST if self.accelerator.lost else 0

    def mmap_at(self, offset: int, size: int, *, shared: bool, writable: bool) -> tuple[MappedFile, int]:
        if not self.readable or (writable and not self.writable):
            raise Errno(E.EACCES)
        places: list[Buffer | RegisterPage] = [*self.buffers.values(), *self._register_pages()]
        for place in places:
            start = offset - place.offset
            if 0 <= start < place.memory.size:
                if not shared or size > place.memory.size - start:
                    break
                return place.memory, start
        raise Errno(E.EINVAL)

    def _register_pages(self) -> Iterator[RegisterPage]:
        for context in self.contexts.values():
            for tile in context.tiles.values():
                if tile.registers is not None and tile.registers.context is context:
                    yield tile.registers

    def show_fdinfo(self) -> bytes:
        """As `Documentation/gpu/drm-usage-stats.rst` of Linux has it."""
        busy = sum(tile.busy_ns for context in self.contexts.values() for tile in context.tiles.values())
        memory = sum(buffer.size for buffer in self.buffers.values()) >> 10
        return (
            f"drm-driver:\taimc\ndrm-client-id:\t{self.number}\ndrm-engine-tile:\t{round(busy)} ns\n"
            f"drm-engine-capacity-tile:\t{len(self.accelerator.tiles)}\ndrm-total-memory:\t{memory} KiB\n"
        ).encode()

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        found = _COMMANDS.get(command & 0xFFFF_FFFF)
        if found is None:
            raise Errno(E.ENOTTY)
        kind, handler = found
        accelerator, mm, size = self.accelerator, task.mm, kind.size
        if accelerator.lost and kind is not uapi.Reset:
            raise Errno(E.ENODEV)
        accelerator.trace.note("ioctl", self.number, command & 0xFF, task.process.pid)
        # All of it must be there before anything happens, for what fails changes nothing.
        check_user(mm, argument, size, _READ_WRITE)
        arguments = kind.from_bytes(copy_from_user(mm, argument, size))
        if getattr(arguments, "pad", 0):
            raise Errno(E.EINVAL)
        result = handler(self, task, arguments)
        if not isinstance(result, int):
            return _finish(result, task, argument, arguments)
        copy_to_user(mm, argument, arguments.to_bytes())
        return result

    # -- what arguments name -------------------------------------------------------------------------------------

    def context(self, number: int) -> Context:
        """One of its contexts (ENOENT)."""
        context = self.contexts.get(number)
        if context is None:
            raise Errno(E.ENOENT)
        return context

    def tile(self, context: Context, number: int) -> ManagedTile:
        """A tile of one of its contexts (ENOENT)."""
        tile = context.tiles.get(number)
        if tile is None:
            raise Errno(E.ENOENT)
        return tile

    def tile_for_jobs(self, context: Context, number: int) -> ManagedTile:
        """The same, unless the context uses it by instructions or registers (EBUSY)."""
        tile = self.tile(context, number)
        if tile.is_bound_for(context):
            raise Errno(E.EBUSY)
        return tile

    def buffer(self, handle: int) -> Buffer:
        """One of its buffers (ENOENT)."""
        buffer = self.buffers.get(handle)
        if buffer is None:
            raise Errno(E.ENOENT)
        return buffer

    def part(self, arguments: uapi.Mvm | uapi.Program | uapi.Readback) -> Part:
        """A part of a crossbar that is not empty (EINVAL) and lies inside of it (ERANGE)."""
        part = Part(arguments.row, arguments.column, arguments.rows, arguments.columns)
        if not part.rows or not part.columns:
            raise Errno(E.EINVAL)
        size = self.accelerator.tile_config
        if part.row + part.rows > size.rows or part.column + part.columns > size.columns:
            raise Errno(E.ERANGE)
        return part

    # -- what commands do ----------------------------------------------------------------------------------------

    def submit(self, task: Task, context: Context, work: Work, cycles: int = 0) -> Job:
        """Queue a job (EAGAIN), after `cycles` of other work of the calling core for it."""
        if len(context.waiting) >= self.accelerator.parameters.queue_limit:
            raise Errno(E.EAGAIN)
        return self.jobs.submit(context, work, self.kernel.clock.current_core(task), cycles)

    def spend_ns(self, duration_ns: float) -> None:
        """The calling core is kept busy by the device for so long."""
        self.kernel.work.device += ceil(duration_ns * self.kernel.cpu.frequency_hz / _NS)

    def end_context(self, context: Context) -> None:
        """Its jobs are cancelled, and others may have its tiles."""
        del self.contexts[context.number]
        self.jobs.remove(context)
        for tile in context.tiles.values():
            tile.leave(context)
        self.jobs.start_jobs()


def _finish(waiting: Blocking[int], task: Task, address: int, arguments: Struct) -> Blocking[int]:
    """Wait, then give the arguments back."""
    result = yield from waiting
    copy_to_user(task.mm, address, arguments.to_bytes())
    return result


_HANDLERS: Handlers = {
    kind: handler
    for module in (query, contexts, buffers, jobs, maintenance)
    for kind, handler in module.COMMANDS.items()
}
_COMMANDS: dict[int, tuple[type[Struct], Handler]] = {
    uapi.command(number): (kind, _HANDLERS[kind]) for number, kind in enumerate(uapi.COMMANDS)
}
"""By what programs pass to ioctl."""

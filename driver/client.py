"""One open file of the device: its contexts and buffers, and the ioctls on them."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

from driver import uapi
from driver.buffer import Buffer
from driver.context import Context, Job
from driver.fence import FenceFile
from driver.job import CalibrateTile, Multiplication, Multiply, Part, ProgramWeights, ReadWeights, Work
from driver.tiles import ManagedTile
from emulator.memory import PAGE_SIZE, OutOfMemory, Protection
from guest.abi.cstruct import Struct
from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.credentials import Capability
from guest.events.eventfd import EventFile
from guest.fs.file import File
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from driver.accelerator import Accelerator
    from guest.fs.dentry import Dentry
    from guest.mm.vma import MappedFile
    from guest.task import Task

# Numbers, since the flags of `enum` take microseconds to be combined and their `~` leaves out what has no name.
_SHARED, _BIND_OFF = int(uapi.CtxFlag.SHARED), int(uapi.BindFlag.OFF)
_POLL, _HYBRID = int(uapi.WaitFlag.POLL), int(uapi.WaitFlag.HYBRID)
_FROM_BUFFER, _VERIFY = int(uapi.ProgramFlag.BO), int(uapi.ProgramFlag.VERIFY)
_FENCE_FD, _EVENTFD = int(uapi.SubmitFlag.FENCE_FD), int(uapi.SubmitFlag.EVENTFD)
_NS = 1_000_000_000
_FOREVER_NS = (1 << 63) - 1
_LONGEST_AGE_NS = 100 * 365 * 24 * 3600 * _NS
_LONGEST_LOOK_NS, _SIGNALS_NS = 100_000, 1_000
"""For so long a core may poll before the kernel looks for signals, and for so long it then does."""
_LOST = int(PollEvent.POLLERR | PollEvent.POLLHUP)
_READ_WRITE = Protection.READ | Protection.WRITE

Handler = Callable[["Client", "Task", Any], "int | Blocking[int]"]
"""Changes its argument, which then goes back to the program; or gives a generator that waits first."""


class Client(File):
    """All that one open of the device has; it ends when the last descriptor is closed."""

    def __init__(self, dentry: Dentry, flags: int, accelerator: Accelerator, number: int) -> None:
        super().__init__(dentry, flags)
        self.number = number
        self.contexts: dict[int, Context] = {}
        self._accelerator = accelerator
        self._kernel = accelerator.kernel
        self._jobs = accelerator.jobs
        self._buffers: dict[int, Buffer] = {}
        self._next_context = self._next_handle = 1

    # -- as a file -----------------------------------------------------------------------------------------------

    def release(self) -> None:
        for context in list(self.contexts.values()):
            self._end_context(context)
        self._buffers.clear()
        self._accelerator.clients.remove(self)

    def poll(self) -> int:
        return _LOST if self._accelerator.lost else 0

    def mmap_at(self, offset: int, size: int, *, shared: bool, writable: bool) -> tuple[MappedFile, int]:
        if not self.readable or (writable and not self.writable):
            raise Errno(E.EACCES)
        for buffer in self._buffers.values():
            if buffer.offset <= offset < buffer.offset + buffer.size:
                if not shared or not buffer.holds(offset - buffer.offset, size):
                    break
                return buffer.memory, offset - buffer.offset
        raise Errno(E.EINVAL)

    def show_fdinfo(self) -> bytes:
        """As `Documentation/gpu/drm-usage-stats.rst` of Linux has it."""
        busy = sum(tile.busy_ns for context in self.contexts.values() for tile in context.tiles.values())
        memory = sum(buffer.size for buffer in self._buffers.values()) >> 10
        return (
            f"drm-driver:\taimc\ndrm-client-id:\t{self.number}\ndrm-engine-tile:\t{round(busy)} ns\n"
            f"drm-engine-capacity-tile:\t{len(self._accelerator.tiles)}\ndrm-total-memory:\t{memory} KiB\n"
        ).encode()

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        found = _COMMANDS.get(command & 0xFFFF_FFFF)
        if found is None:
            raise Errno(E.ENOTTY)
        kind, handler = found
        if self._accelerator.lost and kind is not uapi.Reset:
            raise Errno(E.ENODEV)
        self._accelerator.trace.note("ioctl", self.number, command & 0xFF, task.pid)
        # All of it must be there before anything happens, for what fails changes nothing.
        check_user(task.mm, argument, kind.size, _READ_WRITE)
        arguments = kind.from_bytes(copy_from_user(task.mm, argument, kind.size))
        if getattr(arguments, "pad", 0):
            raise Errno(E.EINVAL)
        result = handler(self, task, arguments)
        if not isinstance(result, int):
            return _finish(result, task, argument, arguments)
        copy_to_user(task.mm, argument, arguments.to_bytes())
        return result

    # -- what arguments name -------------------------------------------------------------------------------------

    def _context(self, number: int) -> Context:
        context = self.contexts.get(number)
        if context is None:
            raise Errno(E.ENOENT)
        return context

    def _tile(self, context: Context, number: int) -> ManagedTile:
        tile = context.tiles.get(number)
        if tile is None:
            raise Errno(E.ENOENT)
        return tile

    def _tile_for_jobs(self, context: Context, number: int) -> ManagedTile:
        tile = self._tile(context, number)
        if tile.binding is not None and tile.binding.context is context:
            raise Errno(E.EBUSY)
        return tile

    def _buffer(self, handle: int) -> Buffer:
        buffer = self._buffers.get(handle)
        if buffer is None:
            raise Errno(E.ENOENT)
        return buffer

    def _part(self, arguments: uapi.Mvm | uapi.Program | uapi.Readback) -> Part:
        part = Part(arguments.row, arguments.column, arguments.rows, arguments.columns)
        if not part.rows or not part.columns:
            raise Errno(E.EINVAL)
        size = self._accelerator.tile_config
        if part.row + part.rows > size.rows or part.column + part.columns > size.columns:
            raise Errno(E.ERANGE)
        return part

    def _submit(self, task: Task, context: Context, work: Work, cycles: int = 0) -> Job:
        if len(context.waiting) >= self._accelerator.config.queue_limit:
            raise Errno(E.EAGAIN)
        return self._jobs.submit(context, work, self._kernel.clock.current_core(task), cycles)

    # -- queries -------------------------------------------------------------------------------------------------

    def query(self, task: Task, arguments: uapi.Query) -> int:
        answer = self._answer(arguments).to_bytes()
        room = arguments.length
        if room > PAGE_SIZE:
            raise Errno(E.EINVAL)
        if room:
            check_user(task.mm, arguments.data, room, Protection.WRITE)
            copy_to_user(task.mm, arguments.data, answer[:room].ljust(room, b"\0"))
        arguments.length = len(answer)
        return 0

    def _answer(self, arguments: uapi.Query) -> Struct:
        accelerator, config = self._accelerator, self._accelerator.config
        match arguments.topic:
            case uapi.Topic.DEVICE:
                if arguments.index:
                    raise Errno(E.EINVAL)
                return uapi.DeviceInfo(
                    interface=uapi.INTERFACE,
                    tiles=len(accelerator.tiles),
                    rows=accelerator.tile_config.rows,
                    columns=accelerator.tile_config.columns,
                    contexts_limit=config.contexts_limit,
                    batch_limit=config.batch_limit,
                    buffer_limit=config.buffer_limit_bytes,
                    job_timeout_ns=round(config.job_timeout_ns),
                )
            case uapi.Topic.TILE:
                if arguments.index >= len(accelerator.tiles):
                    raise Errno(E.ENOENT)
                tile = accelerator.tiles[arguments.index]
                counters = tile.tile.counters()
                return uapi.TileInfo(
                    core=tile.core.number,
                    contexts=len(tile.contexts),
                    bound=int(tile.binding is not None),
                    mvms=counters.mvms,
                    programmed_weights=counters.programmed_weights,
                    busy_ns=round(tile.busy_ns),
                )
            case uapi.Topic.CONTEXT:
                context = self._context(arguments.index)
                return uapi.ContextInfo(
                    tile_mask=context.tile_mask,
                    submitted=context.submitted,
                    completed=context.completed,
                    failed=context.failed,
                    last_fence=context.submitted,
                )
        raise Errno(E.EINVAL)

    # -- contexts ------------------------------------------------------------------------------------------------

    def create_context(self, task: Task, arguments: uapi.CtxCreate) -> int:
        accelerator = self._accelerator
        shared = bool(arguments.flags & _SHARED)
        if arguments.flags & ~_SHARED or arguments.priority > uapi.Priority.HIGH:
            raise Errno(E.EINVAL)
        wanted = [
            tile for tile in accelerator.tiles if not arguments.core_mask or arguments.core_mask >> tile.number & 1
        ]
        if not 0 < arguments.tiles <= len(wanted):
            raise Errno(E.EINVAL)
        if len(self.contexts) >= accelerator.config.contexts_limit:
            raise Errno(E.ENOSPC)
        alive = [tile for tile in wanted if tile not in accelerator.faults.dead]
        free = [tile for tile in alive if (shared and all(one.shared for one in tile.contexts)) or not tile.contexts]
        if len(free) < arguments.tiles:
            raise Errno(E.EBUSY)
        chosen = sorted(free, key=lambda tile: (len(tile.contexts), tile.number))[: arguments.tiles]
        tiles = {tile.number: tile for tile in sorted(chosen, key=lambda tile: tile.number)}
        context = Context(self._next_context, tiles, arguments.priority, shared=shared, client=self.number)
        self._next_context += 1
        for tile in chosen:
            tile.contexts.append(context)
        self.contexts[context.number] = context
        self._jobs.add(context)
        arguments.ctx, arguments.tile_mask = context.number, context.tile_mask
        return 0

    def destroy_context(self, task: Task, arguments: uapi.CtxDestroy) -> Blocking[int]:
        context = self._context(arguments.ctx)
        context.paused = True
        try:
            while context.running is not None:
                yield Wait((context.progress,))
        except BaseException:
            context.paused = False
            self._jobs.start_jobs()
            raise
        if not context.gone:
            self._end_context(context)
        return 0

    def _end_context(self, context: Context) -> None:
        del self.contexts[context.number]
        self._jobs.remove(context)
        for tile in context.tiles.values():
            tile.leave(context)
        self._jobs.start_jobs()

    def bind(self, task: Task, arguments: uapi.TileBind) -> int:
        context = self._context(arguments.ctx)
        if arguments.flags & ~_BIND_OFF:
            raise Errno(E.EINVAL)
        tile = self._tile(context, arguments.tile)
        if arguments.core != tile.core.number:
            raise Errno(E.EINVAL)
        binding = tile.binding
        if arguments.flags:
            if binding is None or binding.context is not context or binding.mm is not task.mm:
                raise Errno(E.ENXIO)
            tile.unbind()
            self._jobs.start_jobs()
            return 0
        if binding is not None:
            if binding.context is context and binding.mm is task.mm:
                return 0
            raise Errno(E.EBUSY)
        if tile.running is not None or context.running is not None or context.waiting:
            raise Errno(E.EBUSY)
        if tile in self._accelerator.faults.dead:
            raise Errno(E.EIO)
        tile.give_to(context)
        wake_ns = tile.bind(context, task.mm)
        self._kernel.work.device += ceil(wake_ns * self._kernel.cpu.frequency_hz / _NS)
        return 0

    # -- buffers -------------------------------------------------------------------------------------------------

    def create_buffer(self, task: Task, arguments: uapi.BoCreate) -> int:
        if not arguments.length or arguments.flags:
            raise Errno(E.EINVAL)
        held = sum(buffer.size for buffer in self._buffers.values())
        size = -(-arguments.length // PAGE_SIZE) * PAGE_SIZE
        if held + size > self._accelerator.config.buffer_limit_bytes:
            raise Errno(E.ENOSPC)
        try:
            buffer = Buffer(self._kernel, self._accelerator.allocate_offset(size), size)
        except OutOfMemory:
            raise Errno(E.ENOMEM) from None
        arguments.length, arguments.handle = size, self._next_handle
        self._buffers[self._next_handle] = buffer
        self._next_handle += 1
        return 0

    def map_buffer(self, task: Task, arguments: uapi.BoMmap) -> int:
        arguments.offset = self._buffer(arguments.handle).offset
        return 0

    def wait_for_buffer(self, task: Task, arguments: uapi.BoWait) -> Blocking[int]:
        buffer = self._buffer(arguments.handle)
        while buffer.jobs:
            if arguments.timeout_ns <= self._kernel.clock.now_ns():
                raise Errno(E.ETIME)
            yield Wait((buffer.idle,), arguments.timeout_ns)
        return 0

    def close_buffer(self, task: Task, arguments: uapi.BoClose) -> int:
        self._buffer(arguments.handle)
        del self._buffers[arguments.handle]
        return 0

    # -- jobs ----------------------------------------------------------------------------------------------------

    def program(self, task: Task, arguments: uapi.Program) -> int:
        context = self._context(arguments.ctx)
        flags = arguments.flags
        if flags & ~(_FROM_BUFFER | _VERIFY) or (arguments.handle and not flags & _FROM_BUFFER):
            raise Errno(E.EINVAL)
        tile = self._tile_for_jobs(context, arguments.tile)
        part = self._part(arguments)
        if arguments.stride < part.columns:
            raise Errno(E.EINVAL)
        if arguments.scale != uapi.SCALE_ONE:
            raise Errno(E.EOPNOTSUPP)
        source: Buffer | bytes
        stride = arguments.stride
        if flags & _FROM_BUFFER:
            source = self._buffer(arguments.handle)
            if not source.holds(arguments.data, (part.rows - 1) * stride + part.columns):
                raise Errno(E.ERANGE)
        else:
            rows = _rows(arguments.data, part, stride)
            source, stride = b"".join(copy_from_user(task.mm, row, part.columns) for row in rows), part.columns
        verify = bool(flags & _VERIFY)
        work = ProgramWeights(tile, part, stride, source, arguments.data, verify=verify)
        arguments.fence = self._submit(task, context, work).fence
        return 0

    def read_back(self, task: Task, arguments: uapi.Readback) -> Blocking[int]:
        context = self._context(arguments.ctx)
        if arguments.flags:
            raise Errno(E.EINVAL)
        tile = self._tile_for_jobs(context, arguments.tile)
        part = self._part(arguments)
        if arguments.stride < part.columns:
            raise Errno(E.EINVAL)
        rows = _rows(arguments.data, part, arguments.stride)
        for row in rows:
            check_user(task.mm, row, part.columns, Protection.WRITE)
        work = ReadWeights(tile, part)
        fence = self._submit(task, context, work).fence
        while context.reached < fence and not context.gone:
            yield Wait((context.progress,))
        outcome = context.outcome(fence)
        if outcome.status or work.weights is None:
            raise Errno(E(-outcome.status))
        for row, weights in zip(rows, work.weights, strict=True):
            copy_to_user(task.mm, row, weights.tobytes())
        return 0

    def submit(self, task: Task, arguments: uapi.Submit) -> int:
        context, flags = self._context(arguments.ctx), arguments.flags
        if flags & ~(_FENCE_FD | _EVENTFD) or flags == _FENCE_FD | _EVENTFD:
            raise Errno(E.EINVAL)
        if not 0 < arguments.count <= self._accelerator.config.batch_limit:
            raise Errno(E.EINVAL)
        size = uapi.Mvm.size
        data = copy_from_user(task.mm, arguments.mvms, arguments.count * size)
        batch = [
            self._multiplication(context, uapi.Mvm.from_bytes(data[begin : begin + size]))
            for begin in range(0, len(data), size)
        ]
        event: EventFile | None = None
        if flags & _EVENTFD:
            file = task.files.get_io(arguments.fence_fd)
            if not isinstance(file, EventFile):
                raise Errno(E.EBADF)
            event = file
        elif flags & _FENCE_FD:
            task.files.check_room()
        job = self._submit(task, context, Multiply(batch), arguments.count * self._accelerator.config.mvm_cycles)
        arguments.fence = job.fence
        if event is not None:
            context.notify(job.fence, _signal_once(event))
        elif flags & _FENCE_FD:
            arguments.fence_fd = task.files.install(FenceFile(context, job.fence), close_on_exec=True)
        return 0

    def _multiplication(self, context: Context, one: uapi.Mvm) -> Multiplication:
        if one.flags:
            raise Errno(E.EINVAL)
        tile, part = self._tile_for_jobs(context, one.tile), self._part(one)
        source, target = self._buffer(one.input), self._buffer(one.output)
        if not source.holds(one.input_offset, part.rows) or not target.holds(one.output_offset, part.columns):
            raise Errno(E.ERANGE)
        return Multiplication(tile, part, source, one.input_offset, target, one.output_offset)

    def wait(self, task: Task, arguments: uapi.WaitFence) -> Blocking[int]:
        context, fence = self._context(arguments.ctx), arguments.fence
        if arguments.flags not in (0, _POLL, _HYBRID):
            raise Errno(E.EINVAL)
        if not 0 < fence <= context.submitted:
            raise Errno(E.ENOENT)
        polls = bool(arguments.flags)
        polls_until_ns = _FOREVER_NS
        if arguments.flags == _HYBRID:
            polls_until_ns = self._kernel.clock.now_ns() + ceil(self._accelerator.config.hybrid_ns)
        context.pollers += polls
        try:
            while True:
                if polls:
                    self._jobs.look()
                if context.gone or context.reached >= fence:
                    break
                now_ns, until_ns = self._kernel.clock.now_ns(), arguments.timeout_ns
                if until_ns <= now_ns:
                    raise Errno(E.ETIME)
                if polls and now_ns >= polls_until_ns:
                    polls = False
                    context.pollers -= 1
                if polls:
                    until_ns = min(until_ns, polls_until_ns, self._next_look_ns(context, now_ns))
                    cycles = (until_ns - now_ns) * self._kernel.cpu.frequency_hz
                    self._kernel.work.device += ceil(cycles / _NS)
                    if until_ns < polls_until_ns:
                        # A wait whose end has passed when it begins would leave no time for a signal.
                        until_ns += _SIGNALS_NS
                yield Wait((context.progress,), until_ns)
        finally:
            context.pollers -= polls
        outcome = context.outcome(fence)
        arguments.status, arguments.result = outcome.status, outcome.result
        return 0

    def _next_look_ns(self, context: Context, now_ns: int) -> int:
        """Until when a core that polls finds nothing: it looks again and again, the last time when the job is done.

        Signals are seen in between.
        """
        period = ceil(self._accelerator.config.poll_ns)
        if context.running is None:
            return now_ns + period
        left_ns = min(context.running.end_ns - now_ns, _LONGEST_LOOK_NS)
        return now_ns + max(-(-left_ns // period), 1) * period

    def calibrate(self, task: Task, arguments: uapi.Calibrate) -> int:
        context = self._context(arguments.ctx)
        if arguments.flags:
            raise Errno(E.EINVAL)
        tile = self._tile_for_jobs(context, arguments.tile)
        arguments.fence = self._submit(task, context, CalibrateTile(tile)).fence
        return 0

    # -- the device ----------------------------------------------------------------------------------------------

    def advance_time(self, task: Task, arguments: uapi.AdvanceTime) -> int:
        if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
            raise Errno(E.EPERM)
        if self._accelerator.aged_ns + arguments.delta_ns > _LONGEST_AGE_NS:
            raise Errno(E.EINVAL)
        self._accelerator.aged_ns += arguments.delta_ns
        return 0

    def health(self, task: Task, arguments: uapi.GetHealth) -> int:
        tile = self._tile(self._context(arguments.ctx), arguments.tile)
        arguments.age_ns, arguments.calibrated_ns = tile.age_ns, tile.calibrated_ns
        arguments.programmed = tile.tile.counters().programmed_weights
        arguments.drift_ppm = 0
        arguments.flags = int(uapi.HealthFlag.DEAD) if tile in self._accelerator.faults.dead else 0
        return 0

    def set_power(self, task: Task, arguments: uapi.SetPower) -> int:
        context = self._context(arguments.ctx)
        if arguments.state not in (uapi.Power.AUTO, uapi.Power.ON):
            raise Errno(E.EINVAL)
        tile = self._tile(context, arguments.tile)
        if arguments.state == uapi.Power.ON and tile.number not in context.kept_on:
            wake_ns = tile.power.hold()
            self._kernel.work.device += ceil(wake_ns * self._kernel.cpu.frequency_hz / _NS)
            context.kept_on.add(tile.number)
        elif arguments.state == uapi.Power.AUTO and tile.number in context.kept_on:
            context.kept_on.remove(tile.number)
            tile.power.release()
        return 0

    def counters(self, task: Task, arguments: uapi.Perfmon) -> int:
        tile = self._tile(self._context(arguments.ctx), arguments.tile)
        if arguments.counter not in list(uapi.Counter):
            raise Errno(E.EINVAL)
        arguments.value = tile.count(uapi.Counter(arguments.counter))
        return 0

    def reset(self, task: Task, arguments: uapi.Reset) -> int:
        if arguments.flags:
            raise Errno(E.EINVAL)
        if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
            raise Errno(E.EPERM)
        self._accelerator.reset()
        return 0


def _rows(address: int, part: Part, stride: int) -> list[int]:
    """Where the rows of a matrix in user memory begin (EFAULT if that is no place for one)."""
    if address + part.rows * stride >= 1 << 64:
        raise Errno(E.EFAULT)
    return [address + number * stride for number in range(part.rows)]


def _finish(waiting: Blocking[int], task: Task, address: int, arguments: Struct) -> Blocking[int]:
    """Wait, then give the arguments back."""
    result = yield from waiting
    copy_to_user(task.mm, address, arguments.to_bytes())
    return result


def _signal_once(event: EventFile) -> Callable[[], None]:
    """Adds to an eventfd, and keeps it until then."""
    event.get()

    def signal() -> None:
        event.signal()
        event.put()

    return signal


_HANDLERS: tuple[Handler, ...] = (
    Client.query, Client.create_context, Client.destroy_context, Client.bind, Client.create_buffer, Client.map_buffer,
    Client.wait_for_buffer, Client.close_buffer, Client.program, Client.read_back, Client.submit, Client.wait,
    Client.calibrate, Client.advance_time, Client.health, Client.reset, Client.set_power, Client.counters,
)  # fmt: skip
_COMMANDS: dict[int, tuple[type[Struct], Handler]] = {
    uapi.command(number): (kind, handler)
    for number, (kind, handler) in enumerate(zip(uapi.COMMANDS, _HANDLERS, strict=True))
}

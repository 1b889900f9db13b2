"""Jobs that move weights and multiply, and waiting for their fences."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from driver import uapi
from driver.fence import FenceFile
from driver.job import Multiplication, Multiply, ProgramWeights, ReadWeights
from emulator.memory import Protection
from guest.abi.errno import E, Errno
from guest.events.eventfd import EventFile
from guest.mm.user_copy import check_user, copy_from_user, copy_to_user
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from driver.buffer import Buffer
    from driver.client import Client, Handlers
    from driver.context import Context
    from driver.job import Part
    from guest.task import Task

# Numbers, since the flags of `enum` take microseconds to be combined and their `~` leaves out what has no name.
_FROM_BUFFER, _VERIFY = int(uapi.ProgramFlag.BO), int(uapi.ProgramFlag.VERIFY)
_FENCE_FD, _EVENTFD = int(uapi.SubmitFlag.FENCE_FD), int(uapi.SubmitFlag.EVENTFD)
_POLL, _HYBRID = int(uapi.WaitFlag.POLL), int(uapi.WaitFlag.HYBRID)
_FOREVER_NS = (1 << 63) - 1
_LONGEST_LOOK_NS, _SIGNALS_NS = 100_000, 1_000
"""For so long a core may poll before the kernel looks for signals, and for so long it then does."""


def program(client: Client, task: Task, arguments: uapi.Program) -> int:
    """Weights of the caller's memory are copied now, those of a buffer when the job runs."""
    context = client.context(arguments.ctx)
    flags = arguments.flags
    if flags & ~(_FROM_BUFFER | _VERIFY) or (arguments.handle and not flags & _FROM_BUFFER):
        raise Errno(E.EINVAL)
    tile = client.tile_for_jobs(context, arguments.tile)
    part = client.part(arguments)
    if arguments.stride < part.columns:
        raise Errno(E.EINVAL)
    if arguments.scale != uapi.SCALE_ONE:
        raise Errno(E.EOPNOTSUPP)
    source: Buffer | bytes
    stride = arguments.stride
    if flags & _FROM_BUFFER:
        source = client.buffer(arguments.handle)
        if not source.holds(arguments.data, (part.rows - 1) * stride + part.columns):
            raise Errno(E.ERANGE)
    else:
        rows = _rows(arguments.data, part, stride)
        source, stride = b"".join(copy_from_user(task.mm, row, part.columns) for row in rows), part.columns
    verify = bool(flags & _VERIFY)
    work = ProgramWeights(tile, part, stride, source, arguments.data, verify=verify)
    arguments.fence = client.submit(task, context, work).fence
    return 0


def read_back(client: Client, task: Task, arguments: uapi.Readback) -> Blocking[int]:
    """Waits for its job itself."""
    context = client.context(arguments.ctx)
    if arguments.flags:
        raise Errno(E.EINVAL)
    tile = client.tile_for_jobs(context, arguments.tile)
    part = client.part(arguments)
    if arguments.stride < part.columns:
        raise Errno(E.EINVAL)
    rows = _rows(arguments.data, part, arguments.stride)
    for row in rows:
        check_user(task.mm, row, part.columns, Protection.WRITE)
    work = ReadWeights(tile, part)
    fence = client.submit(task, context, work).fence
    while context.reached < fence and not context.gone:
        yield Wait((context.progress,))
    outcome = context.outcome(fence)
    if outcome.status or work.weights is None:
        raise Errno(E(-outcome.status))
    for row, weights in zip(rows, work.weights, strict=True):
        copy_to_user(task.mm, row, weights.tobytes())
    return 0


def submit(client: Client, task: Task, arguments: uapi.Submit) -> int:
    """A batch of multiplications as one job."""
    context, flags = client.context(arguments.ctx), arguments.flags
    if flags & ~(_FENCE_FD | _EVENTFD) or flags == _FENCE_FD | _EVENTFD:
        raise Errno(E.EINVAL)
    if not 0 < arguments.count <= client.accelerator.parameters.batch_limit:
        raise Errno(E.EINVAL)
    data = copy_from_user(task.mm, arguments.mvms, arguments.count * uapi.Mvm.size)
    batch = [_multiplication(client, context, one) for one in uapi.Mvm.array_from_bytes(data)]
    event: EventFile | None = None
    if flags & _EVENTFD:
        file = task.files.get_io(arguments.fence_fd)
        if not isinstance(file, EventFile):
            raise Errno(E.EBADF)
        event = file
    elif flags & _FENCE_FD:
        task.files.check_room()
    job = client.submit(task, context, Multiply(batch), arguments.count * client.accelerator.config.mvm_cycles)
    arguments.fence = job.fence
    if event is not None:
        context.notify(job.fence, _signal_once(event))
    elif flags & _FENCE_FD:
        arguments.fence_fd = task.files.install(FenceFile(context, job.fence), close_on_exec=True)
    return 0


def _multiplication(client: Client, context: Context, one: uapi.Mvm) -> Multiplication:
    if one.flags:
        raise Errno(E.EINVAL)
    tile, part = client.tile_for_jobs(context, one.tile), client.part(one)
    source, target = client.buffer(one.input), client.buffer(one.output)
    if not source.holds(one.input_offset, part.rows) or not target.holds(one.output_offset, part.columns):
        raise Errno(E.ERANGE)
    return Multiplication(tile, part, source, one.input_offset, target, one.output_offset)


def wait(client: Client, task: Task, arguments: uapi.WaitFence) -> Blocking[int]:
    """The job's own failure is part of the answer, not of this command."""
    context, fence = client.context(arguments.ctx), arguments.fence
    if arguments.flags not in (0, _POLL, _HYBRID):
        raise Errno(E.EINVAL)
    if not 0 < fence <= context.submitted:
        raise Errno(E.ENOENT)
    polls = bool(arguments.flags)
    polls_until_ns = _FOREVER_NS
    if arguments.flags == _HYBRID:
        polls_until_ns = client.kernel.clock.now_ns() + client.accelerator.parameters.hybrid_ns
    context.pollers += polls
    try:
        while True:
            if polls:
                client.jobs.look()
            if context.gone or context.reached >= fence:
                break
            now_ns, until_ns = client.kernel.clock.now_ns(), arguments.timeout_ns
            if until_ns <= now_ns:
                raise Errno(E.ETIME)
            if polls and now_ns >= polls_until_ns:
                polls = False
                context.pollers -= 1
            if polls:
                until_ns = min(until_ns, polls_until_ns, _next_look_ns(client, context, now_ns))
                client.spend_ns(until_ns - now_ns)
                if until_ns < polls_until_ns:
                    # A wait whose end has passed when it begins would leave no time for a signal.
                    until_ns += _SIGNALS_NS
            yield Wait((context.progress,), until_ns)
    finally:
        context.pollers -= polls
    outcome = context.outcome(fence)
    arguments.status, arguments.result = outcome.status, outcome.result
    return 0


def _next_look_ns(client: Client, context: Context, now_ns: int) -> int:
    """Until when a core that polls finds nothing: it looks again and again, the last time when the job is done.

    Signals are seen in between.
    """
    period = ceil(client.accelerator.config.poll_ns)
    if context.running is None:
        return now_ns + period
    left_ns = min(context.running.end_ns - now_ns, _LONGEST_LOOK_NS)
    return now_ns + max(-(-left_ns // period), 1) * period


def _rows(address: int, part: Part, stride: int) -> list[int]:
    """Where the rows of a matrix in user memory begin (EFAULT if that is no place for one)."""
    if address + part.rows * stride >= 1 << 64:
        raise Errno(E.EFAULT)
    return [address + number * stride for number in range(part.rows)]


def _signal_once(event: EventFile) -> Callable[[], None]:
    """Adds to an eventfd, and keeps it until then."""
    event.get()

    def signal() -> None:
        event.signal()
        event.put()

    return signal


COMMANDS: Handlers = {
    uapi.Program: program,
    uapi.Readback: read_back,
    uapi.Submit: submit,
    uapi.WaitFence: wait,
}

"""Buffer objects, by their handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import uapi
from driver.buffer import Buffer
from emulator.memory import PAGE_SIZE, OutOfMemory
from guest.abi.errno import E, Errno
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from driver.client import Client, Handlers
    from guest.task import Task


def create_buffer(client: Client, task: Task, arguments: uapi.BoCreate) -> int:
    """All of its pages are taken at once, so that none lacks when a job writes to it."""
    if not arguments.length or arguments.flags:
        raise Errno(E.EINVAL)
    held = sum(buffer.size for buffer in client.buffers.values())
    size = -(-arguments.length // PAGE_SIZE) * PAGE_SIZE
    if held + size > client.accelerator.parameters.buffer_limit_bytes:
        raise Errno(E.ENOSPC)
    try:
        buffer = Buffer(client.kernel, client.accelerator.allocate_offset(size), size)
    except OutOfMemory:
        raise Errno(E.ENOMEM) from None
    arguments.length, arguments.handle = size, next(client.handle_numbers)
    client.buffers[arguments.handle] = buffer
    return 0


def map_buffer(client: Client, task: Task, arguments: uapi.BoMmap) -> int:
    """Where in the device file it is to be mapped from."""
    arguments.offset = client.buffer(arguments.handle).offset
    return 0


def wait_for_buffer(client: Client, task: Task, arguments: uapi.BoWait) -> Blocking[int]:
    """Until no job uses it."""
    buffer = client.buffer(arguments.handle)
    while buffer.jobs:
        if arguments.timeout_ns <= client.kernel.clock.now_ns():
            raise Errno(E.ETIME)
        yield Wait((buffer.idle,), arguments.timeout_ns)
    return 0


def close_buffer(client: Client, task: Task, arguments: uapi.BoClose) -> int:
    """Mappings and jobs keep its memory."""
    client.buffer(arguments.handle)
    del client.buffers[arguments.handle]
    return 0


COMMANDS: Handlers = {
    uapi.BoCreate: create_buffer,
    uapi.BoMmap: map_buffer,
    uapi.BoWait: wait_for_buffer,
    uapi.BoClose: close_buffer,
}

"""Contexts, which have tiles, and processes that use tiles by instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import uapi
from driver.context import Context
from driver.registers import RegisterPage
from emulator.memory import PAGE_SIZE, OutOfMemory
from guest.abi.errno import E, Errno
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from driver.client import Client, Handlers
    from driver.tiles import ManagedTile
    from guest.task import Task

# Numbers, since the flags of `enum` take microseconds to be combined and their `~` leaves out what has no name.
_SHARED, _BIND_OFF = int(uapi.CtxFlag.SHARED), int(uapi.BindFlag.OFF)


def create_context(client: Client, task: Task, arguments: uapi.CtxCreate) -> int:
    """Of the tiles that may be had, those that fewest contexts share."""
    accelerator = client.accelerator
    shared = bool(arguments.flags & _SHARED)
    if arguments.flags & ~_SHARED or arguments.priority > uapi.Priority.HIGH:
        raise Errno(E.EINVAL)
    wanted = [tile for tile in accelerator.tiles if not arguments.core_mask or arguments.core_mask >> tile.number & 1]
    if not 0 < arguments.tiles <= len(wanted):
        raise Errno(E.EINVAL)
    if len(client.contexts) >= accelerator.parameters.contexts_limit:
        raise Errno(E.ENOSPC)
    alive = [tile for tile in wanted if tile not in accelerator.faults.dead]
    free = [tile for tile in alive if (shared and all(one.shared for one in tile.contexts)) or not tile.contexts]
    if len(free) < arguments.tiles:
        raise Errno(E.EBUSY)
    chosen = sorted(free, key=lambda tile: (len(tile.contexts), tile.number))[: arguments.tiles]
    tiles = {tile.number: tile for tile in sorted(chosen, key=lambda tile: tile.number)}
    number = next(client.context_numbers)
    context = Context(number, tiles, arguments.priority, shared=shared, client=client.number)
    for tile in chosen:
        tile.contexts.append(context)
    client.contexts[context.number] = context
    client.jobs.add(context)
    arguments.ctx, arguments.tile_mask = context.number, context.tile_mask
    return 0


def destroy_context(client: Client, task: Task, arguments: uapi.CtxDestroy) -> Blocking[int]:
    """The job under way is waited for, those behind it are cancelled; a signal leaves all as it was."""
    context = client.context(arguments.ctx)
    context.paused = True
    try:
        while context.running is not None:
            yield Wait((context.progress,))
    except BaseException:
        context.paused = False
        client.jobs.start_jobs()
        raise
    if not context.gone:
        client.end_context(context)
    return 0


def bind(client: Client, task: Task, arguments: uapi.TileBind) -> int:
    """A tile for the instructions of the calling process, or no longer."""
    context = client.context(arguments.ctx)
    if arguments.flags & ~_BIND_OFF:
        raise Errno(E.EINVAL)
    tile = client.tile(context, arguments.tile)
    if arguments.core != tile.core.number:
        raise Errno(E.EINVAL)
    binding = tile.binding_of(task.mm)
    if arguments.flags:
        if binding is None or binding.context is not context:
            raise Errno(E.ENXIO)
        tile.unbind(binding)
        client.jobs.start_jobs()
        return 0
    if binding is not None and binding.context is context:
        return 0
    if binding is not None or tile.is_bound_for(context):
        raise Errno(E.EBUSY)
    _check_unused(client, context, tile)
    client.spend_ns(tile.bind(context, task.mm))
    return 0


def use_registers(client: Client, task: Task, arguments: uapi.TileRegisters) -> int:
    """A tile for whoever maps its registers, or no longer."""
    context = client.context(arguments.ctx)
    if arguments.flags & ~_BIND_OFF:
        raise Errno(E.EINVAL)
    tile = client.tile(context, arguments.tile)
    page = tile.registers
    if arguments.flags:
        if page is None:
            raise Errno(E.ENXIO)
        tile.end_registers()
        return 0
    if context.shared:
        raise Errno(E.EOPNOTSUPP)
    if page is None:
        if tile.is_bound:
            raise Errno(E.EBUSY)
        _check_unused(client, context, tile)
        accelerator = client.accelerator
        offset = accelerator.allocate_offset(PAGE_SIZE)
        try:
            page = RegisterPage(client.kernel, context, tile.tile, accelerator.registers, offset)
        except OutOfMemory:
            raise Errno(E.ENOMEM) from None
        client.spend_ns(tile.use_registers(page))
    arguments.offset = page.offset
    return 0


def _check_unused(client: Client, context: Context, tile: ManagedTile) -> None:
    """EBUSY if jobs of the context are under way, EIO if the tile is dead."""
    if context.running is not None or context.waiting:
        raise Errno(E.EBUSY)
    if tile in client.accelerator.faults.dead:
        raise Errno(E.EIO)


COMMANDS: Handlers = {
    uapi.CtxCreate: create_context,
    uapi.CtxDestroy: destroy_context,
    uapi.TileBind: bind,
    uapi.TileRegisters: use_registers,
}

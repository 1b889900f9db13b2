"""What programs may know: of the device, its tiles, their contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import uapi
from emulator.memory import PAGE_SIZE, Protection
from guest.abi.errno import E, Errno
from guest.mm.user_copy import check_user, copy_to_user

if TYPE_CHECKING:
    from driver.client import Client, Handlers
    from guest.abi.cstruct import Struct
    from guest.task import Task


def query(client: Client, task: Task, arguments: uapi.Query) -> int:
    """As much of an answer as the program has room for, zeros beyond its end."""
    answer = _answer(client, arguments).to_bytes()
    room = arguments.length
    if room > PAGE_SIZE:
        raise Errno(E.EINVAL)
    if room:
        check_user(task.mm, arguments.data, room, Protection.WRITE)
        copy_to_user(task.mm, arguments.data, answer[:room].ljust(room, b"\0"))
    arguments.length = len(answer)
    return 0


def _answer(client: Client, arguments: uapi.Query) -> Struct:
    accelerator, parameters = client.accelerator, client.accelerator.parameters
    match arguments.topic:
        case uapi.Topic.DEVICE:
            if arguments.index:
                raise Errno(E.EINVAL)
            return uapi.DeviceInfo(
                interface=uapi.INTERFACE,
                tiles=len(accelerator.tiles),
                rows=accelerator.tile_config.rows,
                columns=accelerator.tile_config.columns,
                contexts_limit=parameters.contexts_limit,
                batch_limit=parameters.batch_limit,
                buffer_limit=parameters.buffer_limit_bytes,
                job_timeout_ns=parameters.job_timeout_ns,
            )
        case uapi.Topic.TILE:
            if arguments.index >= len(accelerator.tiles):
                raise Errno(E.ENOENT)
            tile = accelerator.tiles[arguments.index]
            counters = tile.tile.counters()
            return uapi.TileInfo(
                core=tile.core.number,
                contexts=len(tile.contexts),
                bound=int(tile.is_bound),
                mvms=counters.mvms,
                programmed_weights=counters.programmed_weights,
                busy_ns=round(tile.busy_ns),
            )
        case uapi.Topic.CONTEXT:
            context = client.context(arguments.index)
            return uapi.ContextInfo(
                tile_mask=context.tile_mask,
                submitted=context.submitted,
                completed=context.completed,
                failed=context.failed,
                last_fence=context.submitted,
            )
    raise Errno(E.EINVAL)


def health(client: Client, task: Task, arguments: uapi.GetHealth) -> int:
    """Devices are ideal: nothing drifts."""
    tile = client.tile(client.context(arguments.ctx), arguments.tile)
    arguments.age_ns, arguments.calibrated_ns = tile.age_ns, tile.calibrated_ns
    arguments.programmed = tile.tile.counters().programmed_weights
    arguments.drift_ppm = 0
    arguments.flags = int(uapi.HealthFlag.DEAD) if tile in client.accelerator.faults.dead else 0
    return 0


def counters(client: Client, task: Task, arguments: uapi.Perfmon) -> int:
    """One counter of a tile."""
    tile = client.tile(client.context(arguments.ctx), arguments.tile)
    counter = _COUNTERS.get(arguments.counter)
    if counter is None:
        raise Errno(E.EINVAL)
    arguments.value = tile.count(counter)
    return 0


_COUNTERS = {int(counter): counter for counter in uapi.Counter}

COMMANDS: Handlers = {uapi.Query: query, uapi.GetHealth: health, uapi.Perfmon: counters}

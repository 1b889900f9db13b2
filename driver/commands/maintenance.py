"""Keeping tiles in order: calibration, age, power, and the reset of the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driver import uapi
from driver.job import CalibrateTile
from guest.abi.errno import E, Errno
from guest.credentials import Capability

if TYPE_CHECKING:
    from driver.client import Client, Handlers
    from guest.task import Task

_LONGEST_AGE_NS = 100 * 365 * 24 * 3600 * 1_000_000_000


def calibrate(client: Client, task: Task, arguments: uapi.Calibrate) -> int:
    """A job of its own."""
    context = client.context(arguments.ctx)
    if arguments.flags:
        raise Errno(E.EINVAL)
    tile = client.tile_for_jobs(context, arguments.tile)
    arguments.fence = client.submit(task, context, CalibrateTile(tile)).fence
    return 0


def advance_time(client: Client, task: Task, arguments: uapi.AdvanceTime) -> int:
    """Devices age without guest time."""
    if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(E.EPERM)
    if client.accelerator.aged_ns + arguments.delta_ns > _LONGEST_AGE_NS:
        raise Errno(E.EINVAL)
    client.accelerator.aged_ns += arguments.delta_ns
    return 0


def set_power(client: Client, task: Task, arguments: uapi.SetPower) -> int:
    """Whether a context keeps a tile awake."""
    context = client.context(arguments.ctx)
    if arguments.state not in (uapi.Power.AUTO, uapi.Power.ON):
        raise Errno(E.EINVAL)
    tile = client.tile(context, arguments.tile)
    if arguments.state == uapi.Power.ON and tile.number not in context.kept_on:
        client.spend_ns(tile.power.hold())
        context.kept_on.add(tile.number)
    elif arguments.state == uapi.Power.AUTO and tile.number in context.kept_on:
        context.kept_on.remove(tile.number)
        tile.power.release()
    return 0


def reset(client: Client, task: Task, arguments: uapi.Reset) -> int:
    """For all clients."""
    if arguments.flags:
        raise Errno(E.EINVAL)
    if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(E.EPERM)
    client.accelerator.reset()
    return 0


COMMANDS: Handlers = {
    uapi.Calibrate: calibrate,
    uapi.AdvanceTime: advance_time,
    uapi.SetPower: set_power,
    uapi.Reset: reset,
}

"""The device: its node, its place in sysfs, its tiles and its job scheduler. One per machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from driver import uapi
from driver.client import Client
from driver.faults import Faults
from driver.lending import TileLending
from driver.parameters import Parameters
from driver.pmu import TileEvents
from driver.power import TilePower
from driver.scheduler import JobScheduler
from driver.tiles import ManagedTile
from driver.trace import Trace
from emulator.energy import tile_work_pj
from guest.abi.errno import E
from guest.device.module import BuiltInModule, parse_number

if TYPE_CHECKING:
    from driver.config import DriverConfig
    from driver.context import Context
    from emulator.config import HardwareConfig
    from emulator.core import Core
    from emulator.tile_registers import TileRegisters
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.services import KernelServices
    from guest.task import Task

_FIRMWARE = "aimc-sim 1.0"
_NS_PER_MS = 1_000_000
_PJ_PER_UJ = 1_000_000
_LONGEST_DELAY_MS = (1 << 31) - 1
_FIRST_OFFSET = 1 << 32
"""Of buffers in the device file: numbers that no program takes for a size."""


def _line(value: Callable[[], object]) -> bytes:
    """An attribute of one value."""
    return f"{value()}\n".encode()


class Accelerator:
    """What belongs to the device, whoever has it open."""

    def __init__(
        self,
        kernel: KernelServices,
        config: DriverConfig,
        hardware: HardwareConfig,
        cores: Sequence[Core],
        registers: TileRegisters,
    ) -> None:
        self.kernel = kernel
        self.config = config
        self.parameters = Parameters.of(config)
        self.registers = registers
        self._hardware = hardware
        tile = self.tile_config = hardware.tile
        self.aged_ns = 0
        """By ADVANCE_TIME."""
        powers = [TilePower(kernel, config, core.tile.power) for core in cores]
        self.tiles = [ManagedTile(core, self.age_now_ns, power) for core, power in zip(cores, powers, strict=True)]
        self.trace = Trace(kernel, config.trace_events)
        self.faults = Faults(kernel, config)
        self.jobs = JobScheduler(kernel, config, self.parameters, tile, self.faults, self.trace)
        self.lending = TileLending(kernel, tile, self.tiles, self.jobs, self.trace)
        self.clients: list[Client] = []
        self.resets = 0
        self.lost = False
        """It does not answer any more."""
        self._next_offset = _FIRST_OFFSET
        self._next_client = 1
        for core in cores:
            core.enable_tile(False)
        kernel.core_unit = self.lending
        self._register()

    def age_now_ns(self) -> int:
        """The time by which devices age."""
        return self.kernel.clock.now_ns() + self.aged_ns

    def settle(self) -> None:
        """The machine stops: what has happened to power domains by now is to be found in them."""
        for tile in self.tiles:
            tile.power.settle()

    def contexts(self) -> list[Context]:
        """Of all clients."""
        return [context for client in self.clients for context in client.contexts.values()]

    def allocate_offset(self, size: int) -> int:
        """Where in the device file a new buffer is."""
        offset = self._next_offset
        self._next_offset += size
        return offset

    def reset(self) -> None:
        """Forget jobs, bindings and weights; a lost device is found again."""
        self.resets += 1
        self.lost = False
        self.trace.note("reset", self.resets)
        self._forget(E.ECANCELED)
        self.device.uevent("change", RESET=str(self.resets))

    def wedge(self) -> None:
        """The device is lost: it fails at everything, until it is reset."""
        self.lost = True
        self.trace.note("lost")
        self._forget(E.EIO)
        self.device.uevent("change", WEDGED="bus-reset")
        for client in self.clients:
            client.readiness.wake()

    def _forget(self, error: E) -> None:
        self.jobs.fail_all(error)
        for tile in self.tiles:
            tile.end_all()
            tile.give_to(None)
        for context in self.contexts():
            context.weights.clear()

    def _open(self, task: Task, dentry: Dentry, flags: int) -> File:
        client = Client(dentry, flags, self, self._next_client)
        self._next_client += 1
        self.clients.append(client)
        return client

    def _register(self) -> None:
        devices = self.kernel.devices
        devices.claim_major(uapi.MAJOR, "accel")
        parent = devices.add_on_bus("aimc", "platform")
        numbers: dict[str, Callable[[], object]] = {
            "tiles": lambda: len(self.tiles),
            "rows": lambda: self.tile_config.rows,
            "columns": lambda: self.tile_config.columns,
            "interface": lambda: uapi.INTERFACE,
            "firmware_version": lambda: _FIRMWARE,
            "contexts": lambda: len(self.contexts()),
            "busy_time_ns": lambda: round(sum(tile.busy_ns for tile in self.tiles)),
            "mvms": lambda: sum(tile.tile.counters().mvms for tile in self.tiles),
            "programmed_weights": lambda: sum(tile.tile.counters().programmed_weights for tile in self.tiles),
            "reset_count": lambda: self.resets,
        }
        parent.attribute("power/runtime_status", self._show_status)
        parent.attribute("power/autosuspend_delay_ms", self._show_delay, self._set_delay)
        for name, value in numbers.items():
            parent.attribute(name, partial(_line, value))
        self.device = devices.add(
            "accel0",
            "accel",
            self._open,
            major=uapi.MAJOR,
            node="accel/accel0",
            mode=0o666,
            kind="accel_minor",
            parent=parent.path,
        )
        devices.link(f"{self.device.path}/device", parent.path)
        self.device.debug_attribute("tiles", self._show_tiles)
        self.device.debug_attribute("contexts", self._show_contexts)
        parent.attribute("hwmon/hwmon0/name", lambda: b"aimc\n")
        parent.attribute("hwmon/hwmon0/energy1_input", lambda: b"%d\n" % round(self._work_pj() / _PJ_PER_UJ))
        TileEvents(self._hardware, self.tiles).register(devices.pmus)
        module = BuiltInModule(devices, "aimc", version=str(uapi.INTERFACE))
        module.drive(parent)
        self.parameters.register(module, self.config)
        self.device.debug_attribute("trace", self.trace.text)
        self.faults.register(self.device, self.tiles, self.jobs, self.wedge, self.config.fault_schedule)
        devices.add_node("aimc0", uapi.MAJOR, 0, self._open, mode=0o666)

    def _show_status(self) -> bytes:
        return b"suspended\n" if all(tile.power.is_suspended for tile in self.tiles) else b"active\n"

    def _show_delay(self) -> bytes:
        return b"%d\n" % (self.tiles[0].power.delay_ns // _NS_PER_MS)

    def _set_delay(self, text: bytes) -> None:
        delay_ms = parse_number(text, 0, _LONGEST_DELAY_MS)
        for tile in self.tiles:
            tile.power.delay_ns = delay_ms * _NS_PER_MS

    def _work_pj(self) -> float:
        """What tiles have used for their work."""
        return sum(tile_work_pj(self._hardware.energy, tile.tile.counters()) for tile in self.tiles)

    def _show_tiles(self) -> bytes:
        lines = ["tile contexts bound power busy_ns mvms"]
        lines += [
            f"{tile.number} {len(tile.contexts)} {int(tile.is_bound)}"
            f" {'suspended' if tile.power.is_suspended else 'active'} {round(tile.busy_ns)} {tile.tile.counters().mvms}"
            for tile in self.tiles
        ]
        return "\n".join([*lines, ""]).encode()

    def _show_contexts(self) -> bytes:
        lines = ["client context priority shared tiles submitted completed failed"]
        lines += [
            f"{client.number} {one.number} {one.priority} {int(one.shared)} {one.tile_mask:#x}"
            f" {one.submitted} {one.completed} {one.failed}"
            for client in self.clients
            for one in client.contexts.values()
        ]
        return "\n".join([*lines, ""]).encode()

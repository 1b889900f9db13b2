"""The configuration of a whole machine: what the hardware is, what kernel work costs and how tasks are scheduled.

Values come from a preset (`aimc.preset`) and from overrides (`--set key=value`, or a mapping in Python); each is
checked against its declaration (`aimc.declaration`). Nothing has a default here: the presets are the only place
where values live.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aimc import preset as presets
from aimc.declaration import FLATTEN, Declaration, Value, construct, declarations
from aimc.errors import ConfigError, did_you_mean
from driver.config import DriverConfig
from emulator.config import HardwareConfig
from guest.costs import KernelConfig
from guest.sched.config import SchedulerConfig

DEFAULT_PRESET = "high-power"


@dataclass(frozen=True)
class MachineConfig:
    """All values of a machine. Keys: `core.frequency_hz`, `compat`, … `kernel.…`, `scheduler.…`, `driver.…`."""

    preset: str
    """Name or path of the preset that the values come from."""
    overrides: Mapping[str, Value] = field(hash=False)
    """What was changed from the preset, by key, in the declared units."""
    hardware: HardwareConfig = field(metadata=FLATTEN)
    kernel: KernelConfig
    scheduler: SchedulerConfig
    driver: DriverConfig

    def value(self, key: str) -> Value:
        """The value of a dotted key. Raises `ConfigError` if there is no such key."""
        return self.values()[_declaration(key).name]

    def values(self) -> dict[str, Value]:
        """All values by key, in the order of declaration."""
        return {name: _follow(self, name) for name in declared()}


@functools.cache
def declared() -> Mapping[str, Declaration]:
    """Every configuration key, in the order of declaration."""
    return declarations(MachineConfig)


def load_preset(preset: str | Path) -> presets.Preset:
    """Read a preset by name or path, with the source of each value. It may be a part that gives only some keys."""
    return presets.load(preset, declared())


def missing_keys(preset: presets.Preset) -> list[str]:
    """The keys that a preset leaves open: none for a whole machine, some for a part that others include."""
    return [name for name in declared() if name not in preset.settings]


def machine_config(
    preset: str | Path | MachineConfig = DEFAULT_PRESET,
    overrides: Mapping[str, str | float | int] | None = None,
    *,
    cores: int | None = None,
) -> MachineConfig:
    """The configuration of a preset (by name, by path, or one already made) with some values changed.

    An override is a number in the key's own unit or a text such as `"1.5GHz"`. `cores` is short for the key
    `core.count`. Raises `ConfigError` with one sentence that says what is wrong.
    """
    changes = _interpret(overrides or {})
    if cores is not None:
        if "core.count" in changes:
            raise ConfigError("core.count is given twice, as a number of cores and as an override")
        changes["core.count"] = declared()["core.count"].interpret(cores)
    if isinstance(preset, MachineConfig):
        name, values, changes = preset.preset, preset.values(), {**preset.overrides, **changes}
    else:
        loaded = load_preset(preset)
        name, values = loaded.name, {key: setting.value for key, setting in loaded.settings.items()}
    try:
        config: MachineConfig = construct(MachineConfig, {**values, **changes}, preset=name, overrides=changes)
    except ConfigError as error:
        raise ConfigError(f"preset {name} does not describe a whole machine: {error}") from None
    return config


def _interpret(overrides: Mapping[str, str | float | int]) -> dict[str, Value]:
    return {key: _declaration(key).interpret(given) for key, given in overrides.items()}


def _declaration(key: str) -> Declaration:
    try:
        return declared()[key]
    except KeyError:
        raise ConfigError(f"unknown configuration key {key!r}{did_you_mean(key, declared())}") from None


def _follow(config: MachineConfig, key: str) -> Value:
    first, *rest = key.split(".")
    part: object = getattr(config if hasattr(config, first) else config.hardware, first)
    for name in rest:
        part = getattr(part, name)
    assert isinstance(part, bool | int | float | str)
    return part

"""The configuration of a machine, and overrides."""

from __future__ import annotations

import pytest

from aimc import config
from aimc.errors import ConfigError


def test_overrides_are_numbers_or_texts_with_units() -> None:
    machine = config.machine_config(
        "low-power",
        {"core.frequency_hz": "1.5GHz", "tile.rows": 256, "compat": "alpine", "kernel.syscall_cycles": "1000"},
        cores=4,
    )
    assert machine.hardware.core.frequency_hz == 1.5e9
    assert machine.hardware.core.count == 4
    assert machine.hardware.tile.rows == 256
    assert machine.hardware.compat == "alpine"
    assert machine.kernel.syscall_cycles == 1000
    assert machine.overrides == {
        "core.frequency_hz": 1.5e9,
        "tile.rows": 256,
        "compat": "alpine",
        "kernel.syscall_cycles": 1000,
        "core.count": 4,
    }
    assert machine.value("tile.rows") == 256


def test_a_configuration_can_be_changed_again() -> None:
    first = config.machine_config("low-power", {"tile.rows": 256, "tile.columns": 128})
    second = config.machine_config(first, {"tile.rows": 64})
    assert (second.hardware.tile.rows, second.hardware.tile.columns) == (64, 128)
    assert second.overrides == {"tile.rows": 64, "tile.columns": 128}
    assert second.preset == "low-power"
    assert config.machine_config(second) == second


def test_unknown_key_shows_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"key 'core\.frequency'; did you mean core\.frequency_hz\?"):
        config.machine_config("low-power", {"core.frequency": 1})
    with pytest.raises(ConfigError, match=r"unknown configuration key 'hardware\.tile\.rows'"):
        config.machine_config("low-power").value("hardware.tile.rows")


def test_cores_given_twice() -> None:
    with pytest.raises(ConfigError, match=r"core\.count is given twice"):
        config.machine_config("low-power", {"core.count": 2}, cores=2)


def test_every_key_is_documented() -> None:
    for name, declaration in config.declared().items():
        assert declaration.key.doc, name
        assert declaration.key.low <= declaration.key.high, name

"""The built-in presets: complete, sourced, and in units that are understood."""

from __future__ import annotations

import tomllib

import pytest

from aimc import config, preset, quantity

MACHINES = ("high-power", "low-power")


@pytest.mark.parametrize("name", preset.names())
def test_loads_and_gives_a_source_for_every_value(name: str) -> None:
    loaded = config.load_preset(name)
    assert loaded.description
    assert loaded.settings
    for key, setting in loaded.settings.items():
        assert len(setting.source) > 10, key
        assert "without a source" not in setting.source, key


@pytest.mark.parametrize("name", preset.names())
def test_values_are_written_in_their_declared_units(name: str) -> None:
    """Converting would load pint at every start, for a third of a second."""
    document = tomllib.loads((preset.FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    for key, declaration in config.declared().items():
        entry: object = document
        for word in key.split("."):
            entry = entry.get(word) if isinstance(entry, dict) else None
        if isinstance(entry, dict) and "value" in entry:
            assert entry.get("unit", "") == declaration.key.unit, key


@pytest.mark.parametrize("name", MACHINES)
def test_machines_are_complete(name: str) -> None:
    machine = config.machine_config(name)
    assert machine.preset == name
    assert not machine.overrides
    assert list(machine.values()) == list(config.declared())


def test_every_other_preset_is_a_part_that_a_machine_includes() -> None:
    used = {setting.origin.stem for name in MACHINES for setting in config.load_preset(name).settings.values()}
    assert used == set(preset.names())


def test_declared_units_are_known() -> None:
    for key, declaration in config.declared().items():
        if declaration.key.unit:
            assert quantity.is_unit(declaration.key.unit), key


def test_the_two_systems_have_the_published_clocks_and_tile() -> None:
    high, low = (config.machine_config(name).hardware for name in MACHINES)
    assert (high.core.frequency_hz, low.core.frequency_hz) == (2.3e9, 0.8e9)
    assert (high.tile.mvm_ns, high.tile.queue_ns, high.tile.dequeue_ns) == (100, 1, 1)
    assert high.tile == low.tile
    # 12.8 TOPS/W on 256 × 256 cells, two operations each, scaled from 14 nm by 5.3 and 2.
    nanojoules = 2 * 256 * 256 / 12.8e12 * 1e9
    cells = 256 * 256
    assert high.energy.tile_mvm_pj_per_cell * cells / 1e3 == pytest.approx(5.3 * nanojoules)
    assert low.energy.tile_mvm_pj_per_cell * cells / 1e3 == pytest.approx(2 * nanojoules)

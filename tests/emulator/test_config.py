"""Every configuration value is declared with unit, range and meaning, and none has a default."""

from __future__ import annotations

import dataclasses
from typing import Any

import pint
import pytest

from emulator.config import CoreConfig, CpiConfig, EnergyConfig, HardwareConfig, Key, MemoryConfig, TileConfig
from tests.emulator.support import hardware

SECTIONS = (CoreConfig, CpiConfig, TileConfig, EnergyConfig, MemoryConfig)
UNITS: Any = pint.UnitRegistry()
KEYS = [
    pytest.param(field, id=f"{section.__name__}.{field.name}")
    for section in (*SECTIONS, HardwareConfig)
    for field in dataclasses.fields(section)
    if "key" in field.metadata
]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_value_of_a_section_is_a_declared_key(section: Any) -> None:
    assert all(isinstance(field.metadata["key"], Key) for field in dataclasses.fields(section))


@pytest.mark.parametrize("field", KEYS)
def test_a_key_has_a_meaning_a_range_and_a_unit(field: Any) -> None:
    declared: Key = field.metadata["key"]
    assert declared.doc
    assert declared.low <= declared.high
    if declared.unit not in ("", "cycle", "pJ/cycle"):
        UNITS.parse_units(declared.unit)


@pytest.mark.parametrize("field", KEYS)
def test_no_value_has_a_default_so_that_a_preset_cannot_forget_one(field: Any) -> None:
    assert field.default is dataclasses.MISSING
    assert field.default_factory is dataclasses.MISSING


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(TypeError):
        MemoryConfig()


@pytest.mark.parametrize("section", [field.name for field in dataclasses.fields(HardwareConfig)][:5])
def test_the_configuration_of_these_tests_is_in_range(section: str) -> None:
    part = getattr(hardware(), section)
    for field in dataclasses.fields(part):
        declared: Key = field.metadata["key"]
        value = getattr(part, field.name)
        if isinstance(value, int | float):
            assert declared.low <= value <= declared.high


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        hardware().core.count = 2  # type: ignore[misc]

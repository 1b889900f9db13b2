"""Declared keys: types, units and ranges, on a small tree of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimc.declaration import FLATTEN, Value, construct, declarations
from aimc.errors import ConfigError
from emulator.config import key


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Inner:
    clock_hz: float = key("Hz", "clock", 1e3, 1e12)
    ways: int = key("", "ways", 1, 16)


@dataclass(frozen=True)
class Flat:
    enabled: bool = key("", "switch")
    colour: Colour = key("", "colour")


@dataclass(frozen=True)
class Tree:
    name: str
    flat: Flat = field(metadata=FLATTEN)
    inner: Inner
    title: str = key("", "title")


DECLARED = declarations(Tree)


def test_keys_follow_the_tree_and_skip_flattened_names() -> None:
    assert list(DECLARED) == ["enabled", "colour", "inner.clock_hz", "inner.ways", "title"]


def test_construct_builds_the_tree() -> None:
    inner: dict[str, Value] = {"inner.clock_hz": 1e6, "inner.ways": 4}
    values: dict[str, Value] = {"enabled": True, "colour": Colour.RED, **inner, "title": "t"}
    assert construct(Tree, values, name="n") == Tree("n", Flat(True, Colour.RED), Inner(1e6, 4), "t")


def test_construct_names_what_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"^there is no value for enabled \(and for 4 more\)$"):
        construct(Tree, {}, name="n")


@pytest.mark.parametrize(
    ("name", "given_value", "value"),
    [
        ("inner.clock_hz", "1.5GHz", 1.5e9),
        ("inner.clock_hz", 2_000_000, 2e6),
        ("inner.ways", "4", 4),
        ("inner.ways", 4.0, 4),
        ("enabled", "on", True),
        ("enabled", False, False),
        ("colour", "red", Colour.RED),
        ("title", "any text", "any text"),
    ],
)
def test_interpret(name: str, given_value: object, value: object) -> None:
    interpreted = DECLARED[name].interpret(given_value)
    assert interpreted == value
    assert type(interpreted) is type(value)


def test_interpret_with_a_unit_beside_the_value() -> None:
    assert DECLARED["inner.clock_hz"].interpret(1.5, "GHz") == 1.5e9


@pytest.mark.parametrize(
    ("name", "given_value", "message"),
    [
        ("inner.clock_hz", "3 kg", "inner.clock_hz wants Hz, got 3 kg"),
        ("inner.clock_hz", 1, "inner.clock_hz must be 1000 to 1000000000000 Hz, got 1"),
        ("inner.clock_hz", math.nan, "inner.clock_hz wants Hz, got nan"),
        ("inner.clock_hz", math.inf, "inner.clock_hz wants Hz, got inf"),
        ("inner.clock_hz", [1], "inner.clock_hz wants Hz, got a list"),
        ("inner.clock_hz", {"a": 1}, "inner.clock_hz wants Hz, got a table"),
        ("inner.ways", 0, "inner.ways must be 1 to 16, got 0"),
        ("inner.ways", 1.5, "inner.ways wants a whole number, got 1.5"),
        ("inner.ways", True, "inner.ways wants a plain number, got true"),
        pytest.param("inner.ways", 10**5000, "inner.ways wants a number of ordinary size", id="huge"),
        ("enabled", "maybe", "enabled wants true or false, got maybe"),
        ("enabled", 1, "enabled wants true or false, got 1"),
        ("colour", "green", "colour wants red or blue, got green"),
        ("colour", 3, "colour wants red or blue, got 3"),
    ],
)
def test_interpret_refuses(name: str, given_value: object, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        DECLARED[name].interpret(given_value)
    assert str(caught.value) == message


@settings(deadline=None)  # the first conversion imports pint
@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.text(max_size=20))
def test_what_is_accepted_is_in_range(given_value: float | int | str) -> None:
    declaration = DECLARED["inner.clock_hz"]
    try:
        value = declaration.interpret(given_value)
    except ConfigError as error:
        assert str(error).startswith("inner.clock_hz ")
    else:
        assert isinstance(value, float)
        assert 1e3 <= value <= 1e12


@settings(deadline=None)  # the first conversion imports pint
@given(st.floats(min_value=1e3, max_value=1e12))
def test_numbers_in_range_come_through_unchanged(value: float) -> None:
    assert DECLARED["inner.clock_hz"].interpret(value) == value
    assert DECLARED["inner.clock_hz"].interpret(repr(value)) == value

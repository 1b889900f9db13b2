"""Configuration values as their dataclasses declare them: dotted keys, types, units, ranges.

Works on any tree of dataclasses whose leaves are declared with `emulator.config.key`. A leaf's key is the path of
field names to it (`core.frequency_hz`); a part whose field carries the metadata `FLATTEN` adds nothing to the path.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from aimc import quantity
from aimc.errors import ConfigError
from emulator.config import Key

Value: TypeAlias = bool | int | float | str
"""A configuration value. Choices are members of their `StrEnum`."""

FLATTEN: Mapping[str, bool] = {"flatten": True}
"""Field metadata: the keys of this part do not start with the field's name."""

_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Declaration:
    """What the configuration tree says about one key."""

    name: str
    """The dotted key."""
    kind: type
    """`bool`, `int`, `float`, `str` or a `StrEnum`."""
    key: Key

    def interpret(self, given: object, unit: str | None = None) -> Value:
        """Check a value as a preset, an option or a program gives it, and bring it to the declared unit and type.

        `unit` is the unit that `given` is in; without it a bare number is in the declared unit and a text may carry
        a unit of its own (`"1.5GHz"`). Raises `ConfigError` with a sentence that starts with the key.
        """
        if self.kind is bool:
            return self._flag(given, unit)
        if issubclass(self.kind, str):
            return self._name(given, unit)
        try:
            return self._number(given, unit)
        except quantity.QuantityError as error:
            raise ConfigError(f"{self.name} {error}") from None

    def wants(self) -> str:
        """What the key takes, to be put after "wants"."""
        if self.kind is bool:
            return "true or false"
        if issubclass(self.kind, StrEnum):
            return " or ".join(member.value for member in self.kind)
        if self.kind is str:
            return "a text"
        return quantity.describe_unit(self.key.unit)

    def range(self) -> str:
        """The values allowed, in words; "" if all are."""
        low, high, unit = self.key.low, self.key.high, f" {self.key.unit}" if self.key.unit else ""
        if math.isfinite(low) and math.isfinite(high):
            return f"{low:.15g} to {high:.15g}{unit}"
        if math.isfinite(low):
            return f"at least {low:.15g}{unit}"
        return f"at most {high:.15g}{unit}" if math.isfinite(high) else ""

    def _flag(self, given: object, unit: str | None) -> bool:
        flag = given if isinstance(given, bool) else _FLAGS.get(given.lower()) if isinstance(given, str) else None
        if flag is None or unit:
            raise self._unfit(given, unit)
        return flag

    def _name(self, given: object, unit: str | None) -> str:
        if not isinstance(given, str) or unit:
            raise self._unfit(given, unit)
        try:
            name: str = self.kind(given)
        except ValueError:
            raise self._unfit(given, unit) from None
        return name

    def _number(self, given: object, unit: str | None) -> int | float:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise self._unfit(given, unit)
        if isinstance(given, float) and not math.isfinite(given):
            raise self._unfit(given, unit)
        if isinstance(given, int) and abs(given) > 10**300:
            raise ConfigError(f"{self.name} wants a number of ordinary size")
        if unit is not None:
            if isinstance(given, str):
                raise ConfigError(f"{self.name} wants a number, got the text {given!r}")
            number = quantity.convert(Decimal(str(given)), unit, self.key.unit)
        elif isinstance(given, str):
            number = quantity.parse(given, self.key.unit)
        else:
            number = quantity.convert(Decimal(str(given)), self.key.unit, self.key.unit)
        if not self.key.low <= number <= self.key.high:
            raise ConfigError(f"{self.name} must be {self.range()}, got {_spell(given, unit)}")
        if self.kind is float:
            return float(number)
        if number != number.to_integral_value():
            raise ConfigError(f"{self.name} wants a whole number, got {_spell(given, unit)}")
        return int(number)

    def _unfit(self, given: object, unit: str | None) -> ConfigError:
        return ConfigError(f"{self.name} wants {self.wants()}, got {_spell(given, unit)}")


def declarations(tree: type) -> dict[str, Declaration]:
    """All keys of a configuration tree, in order of declaration. Raises `TypeError` for a field it cannot handle."""
    found: dict[str, Declaration] = {}
    _collect(tree, "", found)
    return found


def construct(tree: type, values: Mapping[str, Value], **plain: object) -> Any:
    """Build a configuration tree from values by key; `plain` gives the root's fields that are neither keys nor parts.

    The values must be interpreted already. Raises `ConfigError` if one is missing.
    """
    missing = [name for name in declarations(tree) if name not in values]
    if missing:
        more = f" (and for {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise ConfigError(f"there is no value for {missing[0]}{more}")
    return _construct(tree, "", values, plain)


def _collect(tree: type, prefix: str, found: dict[str, Declaration]) -> None:
    hints = typing.get_type_hints(tree)
    for field in dataclasses.fields(tree):
        kind = hints[field.name]
        key = field.metadata.get("key")
        if key is not None:
            if not isinstance(kind, type) or not issubclass(kind, bool | int | float | str):
                raise TypeError(f"{tree.__name__}.{field.name}: a configuration value cannot be of type {kind}")
            found[prefix + field.name] = Declaration(prefix + field.name, kind, key)
        elif dataclasses.is_dataclass(kind) and isinstance(kind, type):
            _collect(kind, _inner(prefix, field), found)


def _construct(tree: type, prefix: str, values: Mapping[str, Value], plain: Mapping[str, object]) -> Any:
    hints = typing.get_type_hints(tree)
    arguments = dict(plain)
    for field in dataclasses.fields(tree):
        kind = hints[field.name]
        if "key" in field.metadata:
            arguments[field.name] = values[prefix + field.name]
        elif dataclasses.is_dataclass(kind) and isinstance(kind, type):
            arguments[field.name] = _construct(kind, _inner(prefix, field), values, {})
    return tree(**arguments)


def _inner(prefix: str, field: dataclasses.Field[Any]) -> str:
    return prefix if field.metadata.get("flatten") else f"{prefix}{field.name}."


def _spell(given: object, unit: str | None) -> str:
    """A value as the user wrote it, for an error."""
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, bool):
        return str(given).lower()
    text = str(given) if len(str(given)) <= 80 else str(given)[:80] + "…"
    return f"{text} {unit}" if unit else text or "nothing"

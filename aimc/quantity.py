"""Numbers with units as people write them: `1.5GHz`, `512 MiB`, `0.2 nJ/cycle`, or a bare number in the key's own unit.

Arithmetic is decimal, so that 1.5GHz is exactly 1500000000 Hz. The `pint` library does the conversions, on a small
registry of its own: in pint's default one a cycle is an angle and a byte a plain number, so that `3 pJ` would pass
for an energy per cycle and `3 kB` for a count. It is imported only when a unit must be converted, since that takes
a third of a second.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

_UNITS = """\
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
tera- = 1e12 = T-
centi- = 1e-2 = c-
milli- = 1e-3 = m-
micro- = 1e-6 = µ- = μ- = u-
nano- = 1e-9 = n-
pico- = 1e-12 = p-
femto- = 1e-15 = f-
kibi- = 1024 = Ki-
mebi- = 1048576 = Mi-
gibi- = 1073741824 = Gi-
tebi- = 1099511627776 = Ti-
second = [time] = s
meter = [length] = m
gram = [mass] = g
ampere = [current] = A
kelvin = [temperature] = K
bit = [information] = b
byte = 8 * bit = B
cycle = [cycle]
percent = 0.01 = %
minute = 60 * second = min
hour = 60 * minute = h
day = 24 * hour = d
hertz = 1 / second = Hz
newton = kilogram * meter / second ** 2 = N
joule = newton * meter = J
watt = joule / second = W
coulomb = ampere * second = C
volt = watt / ampere = V
ohm = volt / ampere = Ω
siemens = 1 / ohm = S
farad = coulomb / volt = F
"""

_QUANTITY = re.compile(r"\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?P<unit>.*?)\s*", re.DOTALL)
# Only products, quotients and small powers of names: pint hands anything else to Python's tokenizer.
_UNIT = re.compile(r"[^\W\d_]+(?:\s*(?:\*\*|\^)\s*-?\d)?(?:\s*[*/]\s*[^\W\d_]+(?:\s*(?:\*\*|\^)\s*-?\d)?)*|%")
_LONGEST = 80
_LARGEST_EXPONENT = 300  # of ten: what a double can hold; also keeps integers and the arithmetic small


class QuantityError(ValueError):
    """The text is no quantity, or its unit does not fit; the message completes "KEY …"."""


def describe_unit(unit: str) -> str:
    """Name a unit in a sentence."""
    return unit if unit else "a plain number"


def split(text: str) -> tuple[Decimal, str]:
    """Split `1.5 GHz` into its number and its unit ("" for none), without judging the unit.

    Raises `QuantityError` if the text does not start with a decimal number.
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise QuantityError(f"wants a number, got {_shown(text)}")
    return Decimal(match["number"]), match["unit"]


def convert(number: Decimal, unit: str, wanted: str) -> Decimal:
    """Convert a number of `unit` to the unit `wanted`. Raises `QuantityError` if `unit` is unknown or does not fit."""
    given = " ".join(f"{number} {unit}".split())  # one line, whatever was given
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise QuantityError(f"wants a number of ordinary size, got {given}")
    if unit == wanted:
        return number
    problem = QuantityError(f"wants {describe_unit(wanted)}, got {given}")
    if not wanted or not unit:
        # Also keeps `%` away from plain numbers: whether 50 % means 0.5 or 50 is anybody's guess.
        raise problem
    registry = _registry()
    if not is_unit(unit):
        raise QuantityError(f"wants {describe_unit(wanted)}, got {given}, whose unit is unknown")
    source, target = registry.parse_units(unit), registry.parse_units(wanted)
    if source.dimensionality != target.dimensionality:
        raise problem
    magnitude: Decimal = registry.Quantity(number, source).to(target).magnitude
    return magnitude


def parse(text: str, wanted: str) -> Decimal:
    """The number that `text` gives in the unit `wanted`; a bare number is taken to be in it. Raises `QuantityError`."""
    number, unit = split(text)
    return convert(number, unit or wanted, wanted)


def is_unit(text: str) -> bool:
    """Whether the text is a unit that the registry knows."""
    import pint

    if len(text) > _LONGEST or not _UNIT.fullmatch(text):
        return False
    try:
        _registry().parse_units(text)
    except pint.errors.PintError:
        return False
    return True


@functools.cache
def _registry() -> Any:
    """The registry of the units above, with decimal arithmetic."""
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None, non_int_type=Decimal)
    registry.load_definitions(_UNITS.splitlines())
    return registry


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")

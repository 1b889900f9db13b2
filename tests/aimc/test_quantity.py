"""Numbers with units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aimc import quantity
from aimc.quantity import QuantityError


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("1.5GHz", "Hz", "1500000000"),
        ("1.5 GHz", "Hz", "1500000000"),
        ("2300000000", "Hz", "2300000000"),
        ("512MiB", "byte", "536870912"),
        ("1GB", "byte", "1000000000"),
        ("8 bit", "byte", "1"),
        ("10.24nJ", "pJ", "10240"),
        ("0.2 nJ/cycle", "pJ/cycle", "200"),
        ("4 cycle/kB", "cycle/byte", "0.004"),
        ("1 us", "ns", "1000"),
        ("1 µs", "ns", "1000"),
        ("5 W", "mW", "5000"),
        ("-3", "", "-3"),
        (".5", "", "0.5"),
        ("1e3", "", "1000"),
    ],
)
def test_converts(text: str, unit: str, number: str) -> None:
    assert quantity.parse(text, unit) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("3 kg", "Hz", "wants Hz, got 3 kg"),
        ("3 furlong", "Hz", "wants Hz, got 3 furlong, whose unit is unknown"),
        ("3 pJ", "pJ/cycle", "wants pJ/cycle, got 3 pJ"),
        ("3 kB", "", "wants a plain number, got 3 kB"),
        ("50 %", "", "wants a plain number, got 50 %"),
        ("fast", "Hz", "wants a number, got 'fast'"),
        ("", "Hz", "wants a number, got ''"),
        ("nan", "Hz", "wants a number, got 'nan'"),
        ("1e999999 Hz", "Hz", "wants a number of ordinary size, got 1E+999999 Hz"),
        ("1 Hz + 1 Hz", "Hz", "wants Hz, got 1 Hz + 1 Hz, whose unit is unknown"),
    ],
)
def test_refuses(text: str, unit: str, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        quantity.parse(text, unit)
    assert str(caught.value) == message


@settings(deadline=None)  # the first conversion imports pint
@given(st.text(max_size=30), st.sampled_from(["Hz", "", "byte", "pJ/cycle"]))
@example("0:\n0", "Hz")
def test_any_text_is_a_number_or_an_error(text: str, unit: str) -> None:
    try:
        number = quantity.parse(text, unit)
    except QuantityError as error:
        assert "\n" not in str(error)
    else:
        assert number.is_finite()


@settings(deadline=None)  # the first conversion imports pint
@given(st.text(alphabet="GHzkgpJ/*^-123 ()%µ", max_size=15))
def test_units_made_of_units_letters_are_known_or_refused(unit: str) -> None:
    assert quantity.is_unit(unit) in (True, False)


@settings(deadline=None)  # the first conversion imports pint
@given(
    st.decimals(min_value=Decimal("1e-9"), max_value=Decimal("1e9"), allow_nan=False, places=6),
    st.sampled_from(
        [("GHz", "Hz", 9), ("ns", "s", -9), ("MW", "mW", 9), ("kB", "byte", 3), ("pJ/cycle", "J/cycle", -12)]
    ),
)
def test_conversion_is_exact(number: Decimal, units: tuple[str, str, int]) -> None:
    given_unit, wanted, power = units
    assert quantity.parse(f"{number:f} {given_unit}", wanted) == number.scaleb(power)

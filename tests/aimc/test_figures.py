"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimc import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00531, "5.31 ms"),
        (0, "0 s"),
        (1, "1.00 s"),
        (999.4, "999 s"),
        (999.6, "1.00 ks"),
        (12.34, "12.3 s"),
        (2.3e9, "2.30 Gs"),
        (-0.0000123, "-12.3 µs"),
        (1.2e-18, "0.00 fs"),
        (4e18, "4000 Ps"),
    ],
)
def test_si(value: float, text: str) -> None:
    assert figures.si(value, "s") == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_si_takes_any_number(value: float) -> None:
    assert figures.si(value, "J").endswith("J")


@given(st.floats(min_value=1e-15, max_value=9e17))
def test_si_keeps_two_digits_at_least(value: float) -> None:
    number, unit = figures.si(value, "J").split()
    prefixes = {"f": -15, "p": -12, "n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15}
    assert float(number) * 10.0 ** prefixes[unit[:-1]] == pytest.approx(value, rel=6e-3)


def test_shares_ratios_counts_and_bars() -> None:
    assert figures.share(1, 3) == "33.3 %"
    assert figures.share(1e-9, 1) == "< 0.1 %"
    assert figures.share(0, 1) == "0.0 %"
    assert figures.share(1, 0) == "–"
    assert figures.ratio(5, 2) == "2.5×"
    assert figures.ratio(123456, 1) == "123,456×"
    assert figures.ratio(1, 0) == "–"
    assert figures.count(1, "MVM") == "1 MVM"
    assert figures.count(1024, "MVM") == "1,024 MVMs"
    assert figures.bar(1, 2, 10, "#") == "#####"
    assert figures.bar(1e-9, 1, 10, "#") == "#"
    assert figures.bar(0, 1, 10, "#") == ""

"""Structures that lie one behind the other."""

from __future__ import annotations

import pytest

from guest.abi.cstruct import U8, U64, Struct
from guest.abi.structs import Iovec


class Padded(Struct):
    """As long as its alignment asks for."""

    first: U8 = 0
    second: U64 = 0


class Nested(Struct):
    """Has a structure inside."""

    inner: Padded
    last: U8 = 0


@pytest.mark.parametrize(
    "values",
    [
        [],
        [Iovec(1, 2), Iovec(3, 4)],
        [Padded(1, 1 << 40), Padded(255, 0), Padded(0, 7)],
        [Nested(Padded(1, 2), 3), Nested(Padded(4, 5), 6)],
    ],
)
def test_an_array_is_read_as_its_elements_are(values: list[Struct]) -> None:
    kind = type(values[0]) if values else Padded
    assert kind.array_from_bytes(b"".join(value.to_bytes() for value in values)) == values

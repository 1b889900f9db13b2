"""Generators of random values from Python's own random numbers, for what Hypothesis would be too slow to draw.

Hypothesis draws about 50,000 values a second, and a call with its structures takes thirty. So it draws (and shrinks)
the list of calls, and one number for each from which everything else about the call follows; these generators, which
look like Hypothesis's strategies, say how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")
_S = TypeVar("_S")


class Generator(Generic[_T]):
    """Makes one value of a kind after the other."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[Random], _T]) -> None:
        self.make = make

    def map(self, change: Callable[[_T], _S]) -> Generator[_S]:
        """The same, changed."""
        make = self.make
        return Generator(lambda random: change(make(random)))


def just(value: _T) -> Generator[_T]:
    """Always the same."""
    return Generator(lambda random: value)


def integers(least: int, most: int) -> Generator[int]:
    """All of a range alike."""
    return Generator(lambda random: random.randint(least, most))


def sampled_from(values: Sequence[_T]) -> Generator[_T]:
    """One of these values; one that is there twice, twice as often."""
    return Generator(lambda random: random.choice(values))


def binary(least: int = 0, most: int = 64) -> Generator[bytes]:
    """Bytes; often few, often zeros."""

    def make(random: Random) -> bytes:
        length = random.randint(least, most)
        return random.randbytes(length) if random.random() < 0.7 else bytes(length)

    return Generator(make)


def lists(item: Generator[_T], least: int = 0, most: int = 4) -> Generator[list[_T]]:
    """A list of such values."""
    return Generator(lambda random: [item.make(random) for _ in range(random.randint(least, most))])


def tuples(*items: Generator[Any]) -> Generator[tuple[Any, ...]]:
    """One of each."""
    makes = [item.make for item in items]
    return Generator(lambda random: tuple([make(random) for make in makes]))


def builds(function: Callable[..., _T], *items: Generator[Any]) -> Generator[_T]:
    """What a function makes of one of each."""
    makes = [item.make for item in items]
    return Generator(lambda random: function(*[make(random) for make in makes]))


def mixed(*choices: Generator[Any]) -> Generator[Any]:
    """One of the generators; one that is there twice, twice as often."""
    makes = [choice.make for choice in choices]
    return Generator(lambda random: random.choice(makes)(random))

"""The cost table and the seeded entropy."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from emulator.config import Key
from guest.costs import KernelConfig, WorkCounters
from guest.random import RandomStream


def test_every_cost_is_declared_with_its_unit() -> None:
    for field in dataclasses.fields(KernelConfig):
        assert isinstance(field.metadata["key"], Key)
        assert field.metadata["key"].unit in ("cycle", "cycle/byte")


def test_work_is_charged_by_the_table() -> None:
    names = [field.name for field in dataclasses.fields(KernelConfig)]
    costs = KernelConfig(**{name: position + 1 for position, name in enumerate(names)})  # type: ignore[arg-type]
    for name in names:
        counter = name.removesuffix("_cycles").removesuffix("_cycles_per_byte")
        work = WorkCounters(**{counter: 10})
        assert work.cycles(costs) == 10 * getattr(costs, name)


@given(st.lists(st.integers(0, 200), max_size=8))
def test_a_stream_of_entropy_does_not_depend_on_how_it_is_read(sizes: list[int]) -> None:
    whole = RandomStream(7, "test").bytes(sum(sizes))
    stream = RandomStream(7, "test")
    assert b"".join(stream.bytes(size) for size in sizes) == whole


def test_streams_of_other_purposes_and_seeds_differ() -> None:
    drawn = {RandomStream(seed, purpose).bytes(16) for seed in (0, 1) for purpose in ("a", "b")}
    assert len(drawn) == 4

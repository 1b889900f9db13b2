"""The tile against a model in NumPy, and its behaviour at every edge by example."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.config import Compat, TileConfig
from emulator.tile import Tile
from tests.emulator.support import hardware
from tests.emulator.tile_model import TileModel

BOTH = pytest.mark.parametrize("compat", Compat)
SIZES = st.integers(1, 20)
CONFIGS = st.builds(
    lambda rows, columns, shift: config(rows, columns, shift), SIZES, SIZES, st.sampled_from([0, 1, 3, 8])
)


def config(rows: int, columns: int, output_shift: int = 0) -> TileConfig:
    return hardware(tile={"rows": rows, "columns": columns, "output_shift": output_shift}).tile


def tile(rows: int, columns: int, compat: Compat = Compat.NONE, output_shift: int = 0) -> Tile:
    return Tile(config(rows, columns, output_shift), compat)


def operations() -> st.SearchStrategy[tuple[Any, ...]]:
    word, coordinate = st.integers(-(2**63), 2**63 - 1), st.integers(-2, 22)
    return st.one_of(
        st.tuples(st.just("queue"), word),
        st.tuples(st.just("queue"), word),
        st.tuples(st.just("process")),
        st.tuples(st.just("dequeue")),
        st.tuples(st.just("dequeue")),
        st.tuples(st.just("parameter_write"), coordinate, coordinate, st.integers(-(2**63), 2**63 - 1)),
        st.tuples(st.just("parameter_write"), coordinate, coordinate, st.sampled_from([127, -128, 1])),
        st.tuples(st.just("parameter_read"), coordinate, coordinate),
        st.tuples(st.just("status"), st.integers(-1, 6)),
    )


@settings(max_examples=150)
@given(CONFIGS, st.sampled_from(Compat), st.lists(operations(), max_size=40), st.integers(0, 2**32 - 1))
def test_any_sequence_equals_the_model(
    geometry: TileConfig, compat: Compat, steps: list[tuple[Any, ...]], seed: int
) -> None:
    real, model = Tile(geometry, compat), TileModel(geometry, compat)
    weights = np.random.default_rng(seed).integers(-128, 128, (geometry.rows, geometry.columns), np.int8)
    if seed % 2:
        real.program(weights)
        model.crossbar[:] = weights
        model.used_columns = geometry.columns
        model.counts["programmed_weights"] = weights.size
    for name, *arguments in steps:
        assert getattr(real, name)(*arguments) == getattr(model, name)(*arguments), name
    assert np.array_equal(real.crossbar, model.crossbar)
    counters = dataclasses.asdict(real.counters())
    assert counters == {name: model.counts[name] for name in counters}


@given(SIZES, SIZES, st.integers(0, 2**32 - 1), st.sampled_from([0, 4, 9]))
def test_a_product_is_the_products_of_numpy_saturated(rows: int, columns: int, seed: int, shift: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.integers(-128, 128, (rows, columns), np.int8)
    inputs = random.integers(-128, 128, rows, np.int8)
    real = tile(rows, columns, output_shift=shift)
    real.program(weights)
    for _ in range(2):
        sums = inputs.astype(int) @ weights.astype(int)
        assert np.array_equal(real.multiply(inputs), np.clip((sums + (1 << shift >> 1)) >> shift, -128, 127))


def test_a_large_tile_does_not_overflow_its_accumulators() -> None:
    real = tile(65536, 4, output_shift=24)
    real.program(np.full((65536, 4), -128, np.int8))
    assert real.multiply(np.full(65536, -128, np.int8)).tolist() == [64] * 4


@pytest.mark.parametrize(
    ("total", "shift", "output"),
    [
        (100, 0, 100),
        (127, 0, 127),
        (5, 1, 3),
        (-5, 1, -2),
        (6, 2, 2),
        (-6, 2, -1),
        (7, 2, 2),
        (5, 2, 1),
        (-128, 0, -128),
    ],
)
def test_the_output_shift_rounds_to_the_nearest_and_halves_up(total: int, shift: int, output: int) -> None:
    real = tile(4, 4, output_shift=shift)
    real.parameter_write(0, 0, total)
    real.queue(1)
    real.process()
    assert np.int8(real.dequeue() & 0xFF if output >= 0 else (real.dequeue() & 0xFF) - 256) == output


@pytest.mark.parametrize(("weight", "output"), [(127, 127), (-128, -128)])
def test_sums_saturate_and_are_counted(weight: int, output: int) -> None:
    real = tile(2, 3)
    real.program(np.array([[weight, 1, 0], [weight, 1, 0]], np.int8))
    assert real.multiply(np.array([100, 20], np.int8)).tolist() == [output, 120, 0]
    assert real.counters().saturated_outputs == 1 == real.status(4)


def test_the_low_byte_is_queued_first_and_dequeued_first() -> None:
    real = tile(4, 4)
    real.program(np.eye(4, dtype=np.int8))
    real.queue(0x80_7F_02_01)
    real.process()
    assert real.dequeue() == 0x80_7F_02_01


@BOTH
def test_only_32_bits_of_the_register_are_queued(compat: Compat) -> None:
    real = tile(8, 4, compat)
    real.parameter_write(0, 4, 1)
    real.queue(-1)
    real.queue(1)
    real.process()
    assert (real.counters().queue_past_end, real.counters().mvms) == (1 if compat is Compat.ALPINE else 0, 1)


def test_registers_are_64_bits_without_sign() -> None:
    """As Python reads them from a context."""
    real = tile(4, 4)
    ones = (1 << 64) - 1
    real.queue(ones)
    assert real.parameter_write(0, 0, ones) == 0
    assert real.parameter_write(ones, 0, 1) == 1
    assert real.parameter_read(0, ones) == 0
    assert real.status(ones) == 0


def test_processing_clears_inputs_and_counters_but_not_weights() -> None:
    real = tile(4, 4)
    real.program(np.eye(4, dtype=np.int8))
    assert real.multiply(np.array([1, 2, 3, 4], np.int8)).tolist() == [1, 2, 3, 4]
    assert real.multiply(np.array([5], np.int8)).tolist() == [5, 0, 0, 0]


def test_outputs_stay_until_the_next_product() -> None:
    real = tile(4, 4)
    real.program(np.eye(4, dtype=np.int8))
    real.multiply(np.array([1, 2, 3, 4], np.int8))
    real.queue(0x09)
    assert real.dequeue() == 0x04030201


# -- the ends of the memories ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "misuse"), [(0x0000FFFF, 0), (0x0001FFFF, 1), (0xFF000000, 1)])
def test_an_incomplete_last_word_is_right_when_padded_with_zeros(word: int, misuse: int) -> None:
    real = tile(6, 4)
    real.queue(0)
    real.queue(word)
    assert real.counters().queue_past_end == misuse == real.status(3)


def test_a_word_beyond_the_inputs_is_misuse_even_if_zero() -> None:
    real = tile(4, 4)
    real.queue(1)
    real.queue(0)
    assert real.counters().queue_past_end == 1


def test_the_last_outputs_come_with_zero_padding_and_then_zeros() -> None:
    real = tile(6, 6)
    real.program(np.eye(6, dtype=np.int8))
    real.multiply(np.array([1, 2, 3, 4, -1, -2], np.int8))
    assert [real.dequeue() for _ in range(3)] == [0x04030201, 0x0000FEFF, 0]
    assert real.counters().dequeue_past_end == 1


@pytest.mark.parametrize("size", [4, 8])
def test_alpine_drops_a_group_that_ends_exactly_at_the_end(size: int) -> None:
    real = tile(size, size, Compat.ALPINE)
    real.program(np.eye(size, dtype=np.int8))
    outputs = real.multiply(np.arange(1, size + 1, dtype=np.int8))
    assert outputs.tolist() == [*range(1, size - 3), 0, 0, 0, 0]
    assert real.counters().queue_past_end == 1
    for _ in range(size // 4):
        last = real.dequeue()
    assert last == 0
    assert real.counters().dequeue_past_end == 1


def test_dequeueing_before_a_product_is_misuse() -> None:
    real = tile(4, 4)
    assert real.dequeue() == 0
    real.process()
    real.dequeue()
    assert real.counters().dequeue_before_process == 1


# -- parameters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y"), [(3, 0), (0, 5), (-1, 0), (0, -1), (1 << 62, 1 << 62), (0, 1 << 62)])
def test_a_cell_outside_is_refused_and_counted(x: int, y: int) -> None:
    real = tile(5, 3)
    assert real.parameter_write(x, y, 7) == 1
    assert real.parameter_read(x, y) == 0
    assert real.counters().parameter_out_of_range == 2
    assert not real.crossbar.any()


def test_alpine_checks_the_linear_index_only() -> None:
    real = tile(5, 3, Compat.ALPINE)
    assert real.parameter_write(4, 1, 7) == 0
    assert real.crossbar[2, 1] == 7
    assert real.parameter_read(1, 2) == 7
    assert real.parameter_write(0, 5, 7) == 1
    assert real.parameter_write(15, 0, 7) == 1


def test_weights_are_the_low_byte_and_read_back_with_their_sign() -> None:
    real = tile(5, 3)
    real.parameter_write(2, 4, 0x1_80)
    assert real.parameter_read(2, 4) == -128 == real.crossbar[4, 2]


def test_programming_a_part() -> None:
    real = tile(5, 4)
    real.program(np.array([[1, 2], [3, 4]], np.int8), row=3, column=2)
    assert real.crossbar[3:, 2:].tolist() == [[1, 2], [3, 4]]
    assert real.counters().programmed_weights == 4
    with pytest.raises(ValueError, match="does not fit"):
        real.program(np.zeros((2, 2), np.int8), row=4)
    with pytest.raises(ValueError, match="read-only"):
        real.crossbar[0, 0] = 1


@pytest.mark.parametrize(("selector", "value"), [(0, 1), (1, 5), (2, 3), (3, 0), (4, 0), (5, 0), (-1, 0)])
def test_status_of_a_new_tile(selector: int, value: int) -> None:
    assert tile(5, 3).status(selector) == value

"""Jobs: when they run, in which order, what they compute, and how they end."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driver import uapi
from guest.abi.errno import E
from guest.syscall import Pending
from tests.driver.support import CONFIG, FOREVER, Bench

ECANCELED, ETIMEDOUT = -int(E.ECANCELED), -int(E.ETIMEDOUT)
SHARED = int(uapi.CtxFlag.SHARED)


def program(bench: Bench, context: int, tile: int, weights: np.ndarray, row: int = 0, column: int = 0) -> int:
    """Program a matrix from a buffer; its fence."""
    handle = bench.buffer()
    buffer = bench.client().buffers[handle]
    buffer.memory.write(0, weights.tobytes())
    rows, columns = weights.shape
    fence: int = bench.done(
        uapi.Program(
            ctx=context,
            tile=tile,
            row=row,
            column=column,
            rows=rows,
            columns=columns,
            stride=columns,
            scale=uapi.SCALE_ONE,
            flags=uapi.ProgramFlag.BO,
            handle=handle,
        )
    ).fence
    bench.done(uapi.BoClose(handle=handle))
    return fence


class Vectors:
    """A buffer with inputs in its first half and outputs in its second."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.handle = bench.buffer(8192)
        self.memory = bench.client().buffers[self.handle].memory

    def submit(self, context: int, inputs: np.ndarray, *, tile: int = 0, columns: int = 16, count: int = 1) -> int:
        """Multiply one vector, `count` times; the fence."""
        self.memory.write(0, inputs.tobytes())
        one = uapi.Mvm(
            tile=tile,
            rows=len(inputs),
            columns=columns,
            input=self.handle,
            output=self.handle,
            output_offset=4096,
        )
        self.bench.guest._next = 0x11_0000
        place = self.bench.guest.put(one.to_bytes() * count)
        fence: int = self.bench.done(uapi.Submit(ctx=context, count=count, mvms=place)).fence
        return fence

    def outputs(self, columns: int = 16) -> np.ndarray:
        return np.frombuffer(self.memory.read(4096, columns), np.int8)


def random(rows: int, columns: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-20, 21, (rows, columns), dtype=np.int8)


def expected(inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.clip(inputs.astype(int) @ weights, -128, 127).astype(np.int8)


def test_a_multiplication_takes_what_device_and_memory_take() -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    weights, inputs = random(16, 16, 0), random(1, 16, 1)[0]
    assert bench.wait(context, program(bench, context, 0, weights)) == (0, 0)
    begun = bench.guest.clock.ns
    assert bench.wait(context, vectors.submit(context, inputs)) == (0, 0)
    queueing, doorbell, latency, transfers, mvm, interrupt = 10 + 1, 10, 2 * 20, 32 / 4, 100, 30
    assert bench.guest.clock.ns - begun == queueing + doorbell + latency + transfers + mvm + interrupt
    assert np.array_equal(vectors.outputs(), expected(inputs, weights))


def test_polling_spares_the_interrupt() -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    fence = vectors.submit(context, random(1, 16, 1)[0])
    interrupts, busy = bench.guest.kernel.work.interrupt, bench.guest.kernel.work.device
    bench.done(uapi.WaitFence(ctx=context, fence=fence, timeout_ns=FOREVER, flags=uapi.WaitFlag.POLL))
    assert bench.guest.kernel.work.interrupt == interrupts
    spent = bench.guest.kernel.work.device - busy
    assert spent == pytest.approx(bench.guest.clock.ns, abs=CONFIG.poll_ns), "the core was busy all the time"


@pytest.mark.parametrize(("count", "interrupts"), [(1, 0), (8, 1)], ids=["short", "long"])
def test_a_hybrid_wait_polls_for_a_while_and_then_waits_for_the_interrupt(count: int, interrupts: int) -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    fence = vectors.submit(context, random(1, 16, 1)[0], count=count)
    before, busy, begun = bench.guest.kernel.work.interrupt, bench.guest.kernel.work.device, bench.guest.clock.ns
    bench.done(uapi.WaitFence(ctx=context, fence=fence, timeout_ns=FOREVER, flags=uapi.WaitFlag.HYBRID))
    assert bench.guest.kernel.work.interrupt - before == interrupts
    spent, passed = bench.guest.kernel.work.device - busy, bench.guest.clock.ns - begun
    if interrupts:
        assert passed > CONFIG.hybrid_ns
        assert spent == CONFIG.hybrid_ns + CONFIG.job_cycles, "polling, and what the interrupt's handler does"
    else:
        assert spent == pytest.approx(passed, abs=CONFIG.poll_ns)
    assert bench.client().contexts[context].pollers == 0


def test_different_tiles_work_at_once_and_one_tile_in_order() -> None:
    def duration(tiles: tuple[int, ...]) -> int:
        bench = Bench()
        context, vectors = bench.context(2), Vectors(bench)
        vectors.memory.write(0, bytes(16))
        batch = [
            uapi.Mvm(tile=tile, rows=16, columns=16, input=vectors.handle, output=vectors.handle, output_offset=4096)
            for tile in tiles
        ]
        bench.guest._next = 0x11_0000
        place = bench.guest.put(b"".join(one.to_bytes() for one in batch))
        fence = bench.done(uapi.Submit(ctx=context, count=len(batch), mvms=place)).fence
        bench.wait(context, fence)
        return bench.guest.clock.ns

    each = 100 + 8
    assert duration((0, 0)) - duration((0, 1)) == each
    assert duration((0, 1, 0, 1)) - duration((0, 1)) == each + 2  # and two more to be queued


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=12))
def test_contexts_that_share_a_tile_each_compute_with_their_own_weights(steps: list[tuple[int, int]]) -> None:
    bench = Bench(tiles=1)
    contexts = [bench.context(flags=SHARED) for _ in range(3)]
    weights = [random(16, 16, seed) for seed in range(3)]
    for context, matrix in zip(contexts, weights, strict=True):
        program(bench, context, 0, matrix)
    buffers = [Vectors(bench) for _ in contexts]
    for which, seed in steps:
        inputs = random(1, 16, seed)[0]
        assert bench.wait(contexts[which], buffers[which].submit(contexts[which], inputs)) == (0, 0)
        assert np.array_equal(buffers[which].outputs(), expected(inputs, weights[which]))


def test_a_tile_that_changes_hands_is_programmed_anew_and_that_takes_time() -> None:
    bench = Bench(tiles=1)
    first, second = (bench.context(flags=SHARED) for _ in range(2))
    vectors = Vectors(bench)
    bench.wait(first, program(bench, first, 0, random(16, 16, 0)))

    def duration(context: int) -> int:
        begun = bench.guest.clock.ns
        bench.wait(context, vectors.submit(context, random(1, 16, 1)[0]))
        return bench.guest.clock.ns - begun

    usual = duration(first)
    assert duration(second) == usual + 256 * 4, "256 weights are saved, at the slower of reading and programming"
    assert duration(first) == usual + 256 * 4, "and programmed again; the second context had none"
    assert duration(first) == usual


def test_higher_priority_goes_first_and_equals_take_turns() -> None:
    bench = Bench(tiles=1)
    low, one, two, high = (bench.context(flags=SHARED, priority=priority) for priority in (0, 1, 1, 2))
    vectors = Vectors(bench)
    order: list[int] = []
    for context in (low, one, one, two, two, high):
        fence = vectors.submit(context, random(1, 16, 0)[0])
        bench.client().contexts[context].notify(fence, partial(order.append, context))
    bench.pass_time(10**8)
    assert order == [low, high, one, two, one, two], "the first had begun before the others came"


def test_a_job_for_two_tiles_does_not_starve_behind_jobs_for_one() -> None:
    bench = Bench(tiles=2)
    both = bench.context(2, flags=SHARED)
    single = [bench.context(1, flags=SHARED) for _ in range(2)]
    tiles = [next(iter(bench.client().contexts[context].tiles)) for context in single]
    vectors = Vectors(bench)
    inputs = random(1, 16, 0)[0]
    for context, tile in zip(single, tiles, strict=True):
        vectors.submit(context, inputs, tile=tile, count=4)
    batch = [uapi.Mvm(tile=tile, rows=4, columns=4, input=vectors.handle, output=vectors.handle) for tile in (0, 1)]
    bench.guest._next = 0x12_0000
    place = bench.guest.put(b"".join(one.to_bytes() for one in batch))
    fence = bench.done(uapi.Submit(ctx=both, count=2, mvms=place)).fence
    for _ in range(5):
        for context, tile in zip(single, tiles, strict=True):
            vectors.submit(context, inputs, tile=tile, count=4)
    waiting = bench.client().contexts
    bench.wait(both, fence)
    assert all(len(waiting[context].waiting) >= 3 for context in single), "most of the others still wait"


def test_destroying_a_context_waits_for_what_runs_and_cancels_the_rest() -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    for _ in range(3):
        vectors.submit(context, random(1, 16, 0)[0])
    mvms = bench.accelerator.tiles[0].tile.counters
    assert bench.call(uapi.CtxDestroy(ctx=context)).result == 0
    assert mvms().mvms == 1
    bench.pass_time(10**8)
    assert mvms().mvms == 1
    assert bench.client().buffers[vectors.handle].jobs == 0


def test_closing_the_device_gives_everything_back() -> None:
    bench = Bench()
    context, vectors = bench.context(2), Vectors(bench)
    buffer = bench.client().buffers[vectors.handle]
    vectors.submit(context, random(1, 16, 0)[0])
    vectors.submit(context, random(1, 16, 0)[0])
    bench.guest.call("close", bench.fd)
    bench.fd = bench.open()
    assert bench.context(2) == 1, "the tiles are free"
    bench.pass_time(10**8)
    assert buffer.jobs == 0
    assert not any(tile.running for tile in bench.accelerator.tiles)


def test_weights_of_a_context_are_gone_with_it() -> None:
    bench = Bench()
    context = bench.context()
    bench.wait(context, program(bench, context, 0, random(16, 16, 0)))
    bench.done(uapi.CtxDestroy(ctx=context))
    assert not bench.accelerator.tiles[0].tile.crossbar.any()


def test_a_job_that_takes_too_long_fails_and_the_next_one_runs() -> None:
    bench = Bench(config=dataclasses.replace(CONFIG, job_timeout_ns=500))
    context, vectors = bench.context(), Vectors(bench)
    slow = vectors.submit(context, random(1, 16, 0)[0], count=8)
    quick = vectors.submit(context, random(1, 16, 0)[0])
    assert bench.wait(context, slow) == (ETIMEDOUT, 0)
    assert bench.wait(context, quick) == (0, 0)
    assert bench.client().contexts[context].failed == 1


def test_a_reset_fails_all_jobs_and_clears_the_tiles() -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    bench.wait(context, program(bench, context, 0, random(16, 16, 0)))
    fences = [vectors.submit(context, random(1, 16, 0)[0]) for _ in range(3)]
    bench.done(uapi.Reset())
    assert [bench.wait(context, fence) for fence in fences] == [(ECANCELED, 0)] * 3
    assert not bench.accelerator.tiles[0].tile.crossbar.any()
    again = vectors.submit(context, random(1, 16, 0)[0])
    assert bench.wait(context, again) == (0, 0)
    assert bench.client().buffers[vectors.handle].jobs == 0


def test_one_interrupt_tells_of_all_jobs_that_are_done() -> None:
    bench = Bench(config=dataclasses.replace(CONFIG, interrupt_latency_ns=10_000))
    first, second = bench.context(), bench.context()
    vectors = Vectors(bench)
    fences = [vectors.submit(first, random(1, 16, 0)[0], tile=0), vectors.submit(second, random(1, 16, 0)[0], tile=1)]
    before = bench.guest.kernel.work.interrupt
    assert bench.wait(first, fences[0]) == bench.wait(second, fences[1]) == (0, 0)
    bench.pass_time(10**8)
    assert bench.guest.kernel.work.interrupt - before == 1


def test_a_wait_ends_at_its_time_and_can_be_repeated() -> None:
    bench = Bench()
    context, vectors = bench.context(), Vectors(bench)
    fence = vectors.submit(context, random(1, 16, 0)[0])
    soon = bench.guest.clock.ns + 5
    assert bench.call(uapi.WaitFence(ctx=context, fence=fence, timeout_ns=soon)).result == -int(E.ETIME)
    assert bench.guest.clock.ns == soon
    assert bench.wait(context, fence) == (0, 0)
    assert bench.call(uapi.WaitFence(ctx=context, fence=fence, timeout_ns=0)).result == 0, "it is reached already"


def test_a_read_back_gives_what_was_programmed() -> None:
    bench = Bench()
    context = bench.context()
    weights = random(8, 12, 3)
    bench.wait(context, program(bench, context, 0, weights, row=4, column=2))
    place = 0x13_0000
    readback = uapi.Readback(ctx=context, tile=0, row=4, column=2, rows=8, columns=12, stride=20, data=place)
    result, _ = bench.start(readback)
    assert isinstance(result, Pending)
    assert bench.call(readback).result == 0
    lines = [bench.guest.read(place + 20 * row, 12) for row in range(8)]
    assert b"".join(lines) == weights.tobytes()

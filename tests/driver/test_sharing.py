"""Contexts that share a tile: for how long each has it, what that costs, and how instructions and jobs take turns."""

from __future__ import annotations

import dataclasses
from functools import partial
from itertools import groupby

import numpy as np
import pytest

from driver import uapi
from driver.lending import RETURN_NS
from driver.tiles import ManagedTile
from guest.abi.flags import OpenFlag
from tests.driver.support import CONFIG, Bench
from tests.driver.test_jobs import SHARED, Vectors, expected, program, random
from tests.guest.conftest import Guest

QUANTUM = 1_000
LONG = 1_000_000
"""Nanoseconds in which all jobs of a test are done."""
JOB = 10 + 2 * 20 + 32 // 4 + 100
"""How long a multiplication keeps its tile (`support.CONFIG`): doorbell, latency, transfers and the tile itself."""
PERIOD = JOB + 30
"""From one job of a context to its next, which begins when the interrupt has told of the one before."""
IN_A_QUANTUM = -(-QUANTUM // PERIOD)
"""Jobs that begin before it is over."""
EACH = 8
"""Jobs that a queue holds."""
HANDOVER = 2 * 16 * 16 * 4
"""Nanoseconds to read all weights of one context and write those of another."""


def shared(tiles: int = 1, quantum_ns: int = QUANTUM) -> Bench:
    return Bench(tiles, dataclasses.replace(CONFIG, quantum_ns=quantum_ns))


class Order:
    """Which contexts' jobs were completed, in that order."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.done: list[int] = []
        self._vectors = Vectors(bench)

    def submit(self, context: int, jobs: int = EACH) -> None:
        for _ in range(jobs):
            fence = self._vectors.submit(context, np.ones(16, np.int8))
            self.bench.client().contexts[context].notify(fence, partial(self.done.append, context))

    def finish(self) -> list[tuple[int, int]]:
        """Let all jobs end: context and number of jobs, for each time that the tile went to another one."""
        self.bench.pass_time(self.bench.guest.clock.ns + 10 * LONG)
        return [(context, len(list(jobs))) for context, jobs in groupby(self.done)]


def contexts(bench: Bench, count: int) -> list[int]:
    """Of one tile, that of core 0."""
    return [bench.context(flags=SHARED, core_mask=1, priority=uapi.Priority.NORMAL) for _ in range(count)]


# -- jobs ------------------------------------------------------------------------------------------------------------


def test_a_context_with_jobs_has_its_tile_for_a_quantum() -> None:
    bench = shared()
    one, two = contexts(bench, 2)
    order = Order(bench)
    order.submit(one)
    order.submit(two)
    rest = EACH - IN_A_QUANTUM
    assert rest > 0
    assert order.finish() == [(one, IN_A_QUANTUM), (two, IN_A_QUANTUM), (one, rest), (two, rest)]


def test_without_a_quantum_contexts_take_turns_job_by_job() -> None:
    bench = shared(quantum_ns=0)
    one, two = contexts(bench, 2)
    order = Order(bench)
    order.submit(one)
    order.submit(two)
    order.finish()
    assert order.done == [one, two] * EACH


def test_a_context_without_jobs_waiting_gives_the_rest_of_its_quantum_away() -> None:
    bench = shared()
    one, two = contexts(bench, 2)
    order = Order(bench)
    order.submit(one, 2)
    order.submit(two, 4)
    assert order.finish() == [(one, 2), (two, 4)]


def test_what_is_left_of_a_quantum_is_lost_when_another_context_begins() -> None:
    bench = shared()
    one, two = contexts(bench, 2)
    order = Order(bench)
    order.submit(one, 1)
    order.submit(two, 4)
    bench.pass_time(JOB + PERIOD)
    assert order.done == [one], "the second context's first job runs"
    order.submit(one, 2)
    assert order.finish() == [(one, 1), (two, 4), (one, 2)]


def test_a_higher_priority_goes_first_at_the_next_end_of_a_job() -> None:
    bench = shared(quantum_ns=LONG)
    one, two = contexts(bench, 2)
    high = bench.context(flags=SHARED, core_mask=1, priority=uapi.Priority.HIGH)
    order = Order(bench)
    order.submit(one)
    order.submit(two)
    bench.pass_time(2 * PERIOD + JOB // 2)
    assert order.done == [one, one]
    order.submit(high, 3)
    assert order.finish()[:2] == [(one, 3), (high, 3)]
    assert sorted(order.done) == sorted([one, two] * EACH + [high] * 3)


def test_nobody_starves() -> None:
    """Three contexts whose queues are never empty get the same number of jobs, and one that seldom has one waits for a
    quantum of each of them at most.
    """
    bench = shared()
    *busy, seldom = contexts(bench, 4)
    order = Order(bench)
    clients = bench.client().contexts
    waits: list[int] = []

    def done(begun: int) -> None:
        waits.append(bench.guest.clock.ns - begun)

    for step in range(400):
        for context in busy:
            order.submit(context, EACH - len(clients[context].waiting))
        if step % 40 == 0:
            vectors = Vectors(bench)
            fence = vectors.submit(seldom, np.ones(16, np.int8))
            clients[seldom].notify(fence, partial(done, bench.guest.clock.ns))
        bench.pass_time(bench.guest.clock.ns + 2 * PERIOD)
    counts = [order.done.count(context) for context in busy]
    assert max(counts) - min(counts) <= IN_A_QUANTUM
    assert len(waits) == 10
    assert max(waits) <= 3 * (QUANTUM + PERIOD) + PERIOD


@pytest.mark.parametrize(("quantum_ns", "handovers"), [(0, 2 * EACH), (LONG, 2)])
def test_weights_are_moved_when_the_tile_goes_to_another_context(quantum_ns: int, handovers: int) -> None:
    bench = shared(quantum_ns=quantum_ns)
    one, two = contexts(bench, 2)
    for context in (one, two):
        assert bench.wait(context, program(bench, context, 0, random(16, 16, context))) == (0, 0)
    bench.pass_time(2 * LONG)  # what is left of the second one's quantum
    before = bench.accelerator.tiles[0].busy_ns
    order = Order(bench)
    order.submit(one)
    order.submit(two)
    order.finish()
    queueing = 10 + 1  # before the first of them, when the tile is kept already
    busy_ns = bench.accelerator.tiles[0].busy_ns - before
    assert busy_ns in (2 * EACH * JOB + handovers * HANDOVER + delay for delay in (0, queueing))


def test_the_quantum_is_a_module_parameter_for_what_begins_from_then_on() -> None:
    bench = shared()
    one, two = contexts(bench, 2)
    order = Order(bench)
    order.submit(one)
    order.submit(two)
    bench.pass_time(PERIOD + JOB // 2)
    fd = bench.guest.call("openat", -100, "/sys/module/aimc/parameters/quantum_ns", OpenFlag.O_WRONLY)
    assert bench.guest.call("write", fd, "0\n", 2) == 2
    order.finish()
    rest = EACH - IN_A_QUANTUM
    assert order.done[:IN_A_QUANTUM] == [one] * IN_A_QUANTUM, "its quantum had begun"
    assert order.done[IN_A_QUANTUM:] == [two, one] * rest + [two] * IN_A_QUANTUM


# -- instructions and jobs -------------------------------------------------------------------------------------------


class Tight:
    """A process that has bound the tile of core 0 for a context of its own, and another context, which has jobs."""

    def __init__(self, quantum_ns: int = QUANTUM) -> None:
        self.bench = shared(quantum_ns=quantum_ns)
        self.bound, self.other = contexts(self.bench, 2)
        self.order = Order(self.bench)
        self.bench.done(uapi.TileBind(ctx=self.bound, tile=0, core=0))
        self.tile: ManagedTile = self.bench.accelerator.tiles[0]

    @property
    def now_ns(self) -> int:
        return self.bench.guest.clock.ns

    @property
    def may_execute(self) -> bool:
        """Whether an instruction would not trap."""
        return self.tile.core.tile_is_enabled

    def trap(self) -> int:
        """An instruction of the process traps; for how many nanoseconds that keeps the core, which pass."""
        work = self.bench.guest.kernel.work
        before = work.device
        assert self.bench.accelerator.lending.trapped(self.bench.guest.task, 0)
        spent_ns = work.device - before  # at 1 GHz
        self.bench.pass_time(self.now_ns + spent_ns)
        return spent_ns


def test_a_job_waits_for_instructions_until_their_quantum_is_over() -> None:
    tight = Tight()
    tight.trap()
    lent_ns = tight.now_ns
    tight.bench.pass_time(lent_ns + QUANTUM // 4)
    tight.order.submit(tight.other, 1)
    limit = max(QUANTUM, RETURN_NS)
    tight.bench.pass_time(lent_ns + limit - 1)
    assert tight.tile.running is None
    assert tight.may_execute
    tight.bench.pass_time(lent_ns + limit)
    assert tight.tile.running is not None
    assert not tight.may_execute


def test_a_longer_quantum_is_of_instructions_too() -> None:
    tight = Tight(quantum_ns=LONG)
    tight.trap()
    lent_ns = tight.now_ns
    tight.order.submit(tight.other, 1)
    tight.bench.pass_time(lent_ns + LONG - 1)
    assert tight.tile.running is None
    tight.bench.pass_time(lent_ns + LONG)
    assert tight.tile.running is not None


def test_a_job_takes_the_tile_at_once_when_the_thread_that_has_it_does_not_run() -> None:
    tight = Tight(quantum_ns=LONG)
    tight.trap()
    tight.bench.accelerator.lending.switched(Guest(None).task, 0)
    tight.order.submit(tight.other, 1)
    assert tight.tile.running is not None


def test_a_device_that_has_aged_lends_its_tiles_for_no_longer() -> None:
    tight = Tight(quantum_ns=LONG)
    tight.bench.done(uapi.AdvanceTime(delta_ns=3600 * 10**9))
    tight.trap()
    lent_ns = tight.now_ns
    tight.order.submit(tight.other, 1)
    tight.bench.pass_time(lent_ns + LONG)
    assert tight.tile.running is not None


def test_an_instruction_waits_for_a_job() -> None:
    tight = Tight()
    tight.order.submit(tight.other, 1)
    assert tight.tile.running is not None
    left_ns = tight.tile.running.end_ns - tight.now_ns
    assert tight.trap() == left_ns + 1
    assert not tight.may_execute, "it traps again"
    tight.trap()
    assert tight.may_execute


@pytest.mark.parametrize(("quantum_ns", "jobs"), [(0, 1), (QUANTUM, IN_A_QUANTUM)])
def test_an_instruction_gets_the_tile_after_the_quantum_of_one_context(quantum_ns: int, jobs: int) -> None:
    tight = Tight(quantum_ns)
    third = tight.bench.context(flags=SHARED, core_mask=1)
    tight.order.submit(tight.other)
    tight.order.submit(third)
    while not tight.may_execute:
        tight.trap()
    assert tight.order.done in ([tight.other] * jobs, [tight.other] * (jobs - 1)), "the interrupt may be to come"
    lent_ns = tight.now_ns
    tight.bench.pass_time(lent_ns + max(quantum_ns, RETURN_NS) - 1)
    assert tight.tile.running is None
    tight.bench.pass_time(lent_ns + max(quantum_ns, RETURN_NS))
    assert tight.tile.running is not None


def test_jobs_do_not_wait_for_an_instruction_that_does_not_come_back() -> None:
    tight = Tight(quantum_ns=0)
    tight.order.submit(tight.other, 2)
    tight.trap()
    assert tight.tile.running is None
    assert tight.order.finish() == [(tight.other, 2)]
    assert tight.tile.busy_ns < 3 * JOB


def test_the_quantum_of_instructions_begins_when_their_weights_are_there() -> None:
    tight = Tight(quantum_ns=LONG)
    bench = tight.bench
    bench.done(uapi.TileBind(ctx=tight.bound, tile=0, core=0, flags=uapi.BindFlag.OFF))
    for context in (tight.bound, tight.other):
        assert bench.wait(context, program(bench, context, 0, random(16, 16, context))) == (0, 0)
    bench.done(uapi.TileBind(ctx=tight.bound, tile=0, core=0))
    bench.pass_time(tight.now_ns + 2 * LONG)
    trapped_ns = tight.now_ns
    assert tight.trap() == HANDOVER
    tight.order.submit(tight.other, 1)
    bench.pass_time(trapped_ns + HANDOVER + LONG - 1)
    assert tight.tile.running is None
    bench.pass_time(trapped_ns + HANDOVER + LONG)
    assert tight.tile.running is not None


def test_weights_and_vectors_are_there_again_after_a_job() -> None:
    tight = Tight(quantum_ns=0)
    bench, tile = tight.bench, tight.tile.tile
    weights, inputs = random(16, 16, 5), random(1, 16, 6)[0]
    words = inputs.view(np.uint32)
    tight.trap()
    tile.program(weights)
    for word in words[:2]:
        tile.queue(int(word))
    assert bench.wait(tight.other, program(bench, tight.other, 0, random(16, 16, 7))) == (0, 0)
    assert not tight.may_execute
    moved_ns = tight.trap()
    assert moved_ns >= HANDOVER
    for word in words[2:]:
        tile.queue(int(word))
    tile.process()
    outputs = np.array([tile.dequeue() for _ in range(4)], np.uint32).view(np.int8)
    assert np.array_equal(outputs, expected(inputs, weights))

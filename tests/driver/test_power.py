"""Runtime power management: when tiles are suspended, what waking costs, and what that saves."""

from __future__ import annotations

import dataclasses

import pytest

from driver import uapi
from emulator.power import Residency
from emulator.record import SUBCYCLES
from guest.abi.errno import E
from tests.driver.support import CONFIG, Bench
from tests.driver.test_jobs import Vectors, program, random

DELAY = 10_000
WAKE = int(CONFIG.wake_ns)


def bench(tiles: int = 1) -> Bench:
    return Bench(tiles, dataclasses.replace(CONFIG, autosuspend_ns=DELAY))


def residency(machine: Bench, tile: int = 0) -> Residency:
    """Of a tile until now, in nanoseconds."""
    machine.accelerator.settle()
    found = machine.cores[tile].tile.power.residency(machine.guest.clock.ns * SUBCYCLES)
    return Residency(found.on // SUBCYCLES, found.retention // SUBCYCLES, found.off // SUBCYCLES)


def duration(machine: Bench, context: int, vectors: Vectors) -> int:
    begun = machine.guest.clock.ns
    assert machine.wait(context, vectors.submit(context, random(1, 16, 0)[0])) == (0, 0)
    return machine.guest.clock.ns - begun


def test_a_tile_that_nothing_needs_is_suspended_after_the_delay() -> None:
    machine = bench()
    machine.pass_time(3 * DELAY)
    assert residency(machine) == Residency(on=DELAY, retention=2 * DELAY)


def test_a_job_wakes_its_tile_and_waits_for_that() -> None:
    machine = bench()
    context, vectors = machine.context(), Vectors(machine)
    usual = duration(machine, context, vectors)
    assert duration(machine, context, vectors) == usual
    machine.pass_time(machine.guest.clock.ns + 2 * DELAY)
    assert duration(machine, context, vectors) == usual + WAKE
    assert duration(machine, context, vectors) == usual
    assert machine.accelerator.tiles[0].power.wakes == 1


def test_weights_outlive_a_suspension() -> None:
    machine = bench()
    context = machine.context()
    machine.wait(context, program(machine, context, 0, random(16, 16, 1)))
    before = machine.accelerator.tiles[0].tile.crossbar.copy()
    machine.pass_time(10 * DELAY)
    duration(machine, context, Vectors(machine))
    assert (machine.accelerator.tiles[0].tile.crossbar == before).all()


def test_a_bound_tile_stays_awake() -> None:
    machine = bench()
    context = machine.context()
    machine.done(uapi.TileBind(ctx=context, tile=0, core=0))
    machine.pass_time(5 * DELAY)
    machine.done(uapi.TileBind(ctx=context, tile=0, core=0, flags=uapi.BindFlag.OFF))
    machine.pass_time(10 * DELAY)
    assert residency(machine) == Residency(on=6 * DELAY, retention=4 * DELAY)


def test_binding_a_tile_that_sleeps_costs_the_core_the_time_to_wake_it() -> None:
    machine = bench()
    context = machine.context()
    machine.pass_time(2 * DELAY)
    before = machine.guest.kernel.work.device
    machine.done(uapi.TileBind(ctx=context, tile=0, core=0))
    assert machine.guest.kernel.work.device - before == WAKE  # at 1 GHz


def test_a_context_can_keep_its_tile_awake_until_it_ends() -> None:
    machine = bench()
    context = machine.context()
    for _ in range(2):
        machine.done(uapi.SetPower(ctx=context, tile=0, state=uapi.Power.ON))
    machine.pass_time(5 * DELAY)
    assert residency(machine).retention == 0
    machine.done(uapi.CtxDestroy(ctx=context))
    machine.pass_time(7 * DELAY)
    assert residency(machine) == Residency(on=6 * DELAY, retention=DELAY)


def test_automatic_again() -> None:
    machine = bench()
    context = machine.context()
    for state in (uapi.Power.ON, uapi.Power.AUTO, uapi.Power.AUTO):
        machine.done(uapi.SetPower(ctx=context, tile=0, state=state))
    machine.pass_time(3 * DELAY)
    assert residency(machine).retention == 2 * DELAY
    assert machine.call(uapi.SetPower(ctx=context, tile=0, state=2)).result == -int(E.EINVAL)


def test_tiles_sleep_on_their_own() -> None:
    machine = bench(tiles=2)
    context = machine.context()
    machine.done(uapi.SetPower(ctx=context, tile=0, state=uapi.Power.ON))
    machine.pass_time(2 * DELAY)
    assert [residency(machine, tile).retention for tile in range(2)] == [0, DELAY]


@pytest.mark.parametrize(("text", "accepted"), [(b"5\n", True), (b"0", True), (b"soon", False), (b"-1", False)])
def test_the_delay_is_an_attribute(text: bytes, accepted: bool) -> None:
    machine = bench()
    path = "/sys/class/accel/accel0/device/power/autosuspend_delay_ms"
    fd = machine.guest.call("openat", -100, path, 1)
    result = machine.guest.call("write", fd, machine.guest.put(text), len(text))
    assert result == (len(text) if accepted else -int(E.EINVAL))


def test_counters_of_a_tile() -> None:
    machine = bench()
    context, vectors = machine.context(), Vectors(machine)
    duration(machine, context, vectors)

    def count(counter: int) -> int:
        value: int = machine.done(uapi.Perfmon(ctx=context, tile=0, counter=counter)).value
        return value

    assert count(uapi.Counter.MVMS) == 1
    assert count(uapi.Counter.QUEUED_WORDS) == count(uapi.Counter.DEQUEUED_WORDS) == 4
    assert count(uapi.Counter.ACTIVE_CELLS) == 256
    assert count(uapi.Counter.BUSY_NS) > 100
    assert machine.call(uapi.Perfmon(ctx=context, tile=0, counter=len(uapi.Counter))).result == -int(E.EINVAL)
    assert machine.call(uapi.Perfmon(ctx=context, tile=1, counter=0)).result == -int(E.ENOENT)

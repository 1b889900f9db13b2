"""A core's clock: subcycles, whole cycles, virtual time, charged and idle time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.core import Core
from emulator.record import SUBCYCLES
from tests.emulator.support import hardware


def core(frequency_hz: float = 1e9) -> Core:
    return Core(3, hardware(core={"frequency_hz": frequency_hz}))


def test_a_new_core_has_done_nothing() -> None:
    fresh = core()
    assert (fresh.number, fresh.clock, fresh.cycles, fresh.instructions, fresh.time_ns) == (3, 0, 0, 0, 0)
    assert fresh.idle_subcycles == 0


def test_charged_work_is_time_but_no_instructions() -> None:
    busy = core()
    busy.charge(2.5)
    assert (busy.clock, busy.cycles, busy.instructions) == (2 * SUBCYCLES + SUBCYCLES // 2, 2, 0)


def test_waiting_is_counted_as_idle() -> None:
    waiting = core()
    waiting.charge(10)
    waiting.idle_until(25 * SUBCYCLES)
    assert (waiting.cycles, waiting.idle_subcycles) == (25, 15 * SUBCYCLES)


def test_a_time_that_has_passed_is_not_waited_for() -> None:
    late = core()
    late.charge(10)
    late.idle_until(5 * SUBCYCLES)
    assert (late.cycles, late.idle_subcycles) == (10, 0)


@given(st.integers(0, 10**15), st.sampled_from([1e6, 8e8, 1e9, 2.3e9]))
def test_time_is_cycles_over_frequency_rounded_down(cycles: int, frequency_hz: float) -> None:
    old = core(frequency_hz)
    old.state["clock"] = cycles * SUBCYCLES if cycles < 2**52 else 0
    assert old.time_ns == old.cycles * 10**9 // int(frequency_hz)

"""Power domains keep how long they were in each state, exactly; energy follows from that."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import Core
from emulator.energy import CoreActivity, Energy, TileActivity, energy
from emulator.power import PowerDomain, PowerState, Residency
from emulator.record import SUBCYCLES
from tests.emulator.support import hardware
from tests.emulator.test_energy import NO_INSTRUCTIONS

CONFIG = hardware()
RUN = 1_000_000 * SUBCYCLES
"""A run of a millisecond."""


def used(core: Core) -> Energy:
    """What a machine takes whose only core waited all the time."""
    core.idle_until(RUN)
    activity = CoreActivity(0, core.idle_subcycles, core.power.residency(RUN))
    tile = TileActivity(core.tile.counters(), core.tile.power.residency(RUN))
    return energy(CONFIG, NO_INSTRUCTIONS, [activity], [tile], 1e-3)


def test_everything_is_on_from_the_start() -> None:
    core = Core(0, CONFIG)
    assert core.power.state is core.tile.power.state is PowerState.ON
    assert core.power.residency(RUN) == core.tile.power.residency(RUN) == Residency(RUN)


def test_off_for_half_the_run_costs_half_the_idle_power() -> None:
    """Where a domain that is switched off takes nothing."""
    free = dataclasses.replace(CONFIG.energy, core_off_mw=0, tile_off_mw=0)
    config = dataclasses.replace(CONFIG, energy=free)
    core = Core(0, config)
    for domain in (core.power, core.tile.power):
        domain.set_state(PowerState.OFF, RUN // 4)
        domain.set_state(PowerState.ON, RUN // 4 + RUN // 2)
    core.idle_until(RUN)
    activity = CoreActivity(0, RUN, core.power.residency(RUN))
    tile = TileActivity(core.tile.counters(), core.tile.power.residency(RUN))
    result = energy(config, NO_INSTRUCTIONS, [activity], [tile], 1e-3)
    assert result.core_idle == pytest.approx(free.core_idle_mw * 1e-3 * 0.5e-3, rel=1e-12)
    assert result.tile_idle == pytest.approx(free.tile_idle_mw * 1e-3 * 0.5e-3, rel=1e-12)
    assert result.l1_static == pytest.approx(2 * free.l1_static_mw * 1e-3 * 0.5e-3, rel=1e-12)


@pytest.mark.parametrize(
    ("state", "core_mw", "caches_mw", "tile_mw"),
    [(PowerState.ON, 10, 6, 1), (PowerState.RETENTION, 4, 6, 0.5), (PowerState.OFF, 1, 0, 0.25)],
)
def test_each_state_has_its_power(state: PowerState, core_mw: float, caches_mw: float, tile_mw: float) -> None:
    core = Core(0, CONFIG)
    core.power.set_state(state, 0)
    core.tile.power.set_state(state, 0)
    result = used(core)
    milliwatts = [joules / 1e-3 / 1e-3 for joules in (result.core_idle, result.l1_static, result.tile_idle)]
    assert milliwatts == pytest.approx([core_mw, caches_mw, tile_mw], rel=1e-12)
    assert result.core_active == result.core_static == 0


@given(st.lists(st.tuples(st.sampled_from(PowerState), st.integers(0, 10**12)), max_size=20), st.integers(0, 10**12))
def test_no_time_is_lost_or_counted_twice(changes: list[tuple[PowerState, int]], rest: int) -> None:
    domain, clock = PowerDomain(), 0
    expected = dict.fromkeys(PowerState, 0)
    before = PowerState.ON
    for state, after in changes:
        clock += after
        expected[before] += after
        domain.set_state(state, clock)
        before = state
    expected[before] += rest
    assert domain.residency(clock + rest) == Residency(*expected.values())


def test_the_past_cannot_be_changed() -> None:
    domain = PowerDomain()
    domain.set_state(PowerState.OFF, 10)
    with pytest.raises(ValueError, match="cannot change at 9"):
        domain.set_state(PowerState.ON, 9)

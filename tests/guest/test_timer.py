"""Timers fire once, in order, and those that were cancelled take no room for long."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from guest.timer import TimerQueue

FAR_NS = 1 << 62


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())))
def test_timers_fire_by_deadline_then_by_order_of_adding_unless_cancelled(
    timers: list[tuple[int, bool]],
) -> None:
    queue = TimerQueue()
    fired: list[int] = []
    added = [queue.add(deadline_ns, partial(fired.append, number)) for number, (deadline_ns, _) in enumerate(timers)]
    for timer, (_, cancelled) in zip(added, timers, strict=True):
        if cancelled:
            timer.cancel()

    queue.fire(FAR_NS)

    left = [(deadline_ns, number) for number, (deadline_ns, cancelled) in enumerate(timers) if not cancelled]
    assert fired == [number for _, number in sorted(left)]
    assert queue.next_deadline_ns() is None


def test_a_timer_is_pending_until_it_fires_or_is_cancelled() -> None:
    queue = TimerQueue()
    fires, cancelled = queue.add(1, list), queue.add(2, list)
    assert fires.pending and cancelled.pending

    cancelled.cancel()
    queue.fire(1)

    assert not fires.pending and not cancelled.pending


def test_timeouts_that_never_pass_do_not_pile_up() -> None:
    queue = TimerQueue()
    kept = [queue.add(FAR_NS, list) for _ in range(3)]
    for _ in range(10_000):
        queue.add(FAR_NS - 1, list).cancel()

    assert len(queue) < 200
    assert all(timer.pending for timer in kept)
    assert queue.next_deadline_ns() == FAR_NS

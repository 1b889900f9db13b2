"""Who runs where and when: placement, waiting, preemption, balancing, stopped processes, counts."""

from __future__ import annotations

import pytest

from emulator.core import FOREVER
from guest.abi.sched import Policy
from guest.sched.config import FairPolicy
from guest.sched.thread import Thread
from guest.wait import Until, Wait, WaitQueue, Wakeup
from tests.guest.sched.support import MS, Machine


def test_new_threads_go_to_idle_cores_and_then_to_the_least_loaded() -> None:
    machine = Machine(3)
    threads = [machine.thread() for _ in range(5)]
    assert [thread.core.number for thread in threads] == [0, 1, 2, 0, 1]
    machine.scheduler.remove(threads[0])
    machine.scheduler.remove(threads[3])
    assert machine.scheduler.choose_core().number == 0
    assert len(machine.scheduler) == 3


def test_one_thread_a_core_needs_no_tick() -> None:
    machine = Machine(4)
    for _ in range(4):
        machine.thread()
    assert [thread.tick_at for thread in machine.scheduler.running()] == [FOREVER] * 4
    machine.run(1000 * MS)
    assert machine.work.tick == machine.work.context_switch == machine.work.migration == 0


def test_two_threads_on_a_core_take_turns_at_ticks() -> None:
    machine = Machine(1)
    first, second = machine.thread(), machine.thread()
    machine.run(80 * MS)
    assert abs(machine.used[first] - machine.used[second]) <= 4 * MS
    assert machine.work.tick == 20
    assert machine.work.context_switch == len(machine.trace), "the last one has not run yet"
    assert first.sched.statistics.involuntary_switches >= 5
    assert first.sched.statistics.voluntary_switches == 0


def test_a_waiting_thread_leaves_its_core_and_comes_back_to_it() -> None:
    machine = Machine(2)
    first, second = machine.thread(), machine.thread()
    assert machine.running() == [1, 2]
    machine.after(second, MS, lambda thread: machine.sleep(thread, 5 * MS))
    machine.run(2 * MS)
    assert machine.running() == [1]
    assert machine.scheduler.waiting() == [second]
    machine.run(6 * MS)
    assert machine.running() == [1, 2]
    assert second.core.number == 1
    assert machine.cores[1].idle_subcycles > 0
    assert machine.cores[1].cycles >= 6 * MS, "the core's clock goes to the time of the wake-up"
    assert first.sched.statistics.wait_ns == second.sched.statistics.wait_ns == 0


def test_equal_deadlines_wake_in_the_order_of_the_waits() -> None:
    machine = Machine(1, fair_policy=FairPolicy.ROUND_ROBIN)
    threads = [machine.thread() for _ in range(4)]
    for thread, duration in zip(threads, (30, 10, 20, 10), strict=True):
        machine.scheduler.running()
        machine.sleep(thread, duration)
    assert machine.running() == []
    assert machine.scheduler.waiting() == threads
    machine.timers.fire(20)
    woken: list[Thread] = []
    while machine.scheduler.running():
        (thread,) = machine.scheduler.running()
        assert thread.wakeup is Wakeup.TIMEOUT
        woken.append(thread)
        machine.scheduler.remove(thread)
    assert woken == [threads[1], threads[3], threads[2]]


def test_a_wake_up_cancels_the_timer_and_a_timeout_the_wait() -> None:
    machine = Machine(1)
    queue = WaitQueue()
    first, second = machine.thread(), machine.thread()
    machine.scheduler.running()
    machine.wait(first, Wait((queue,), deadline_ns=1000))
    machine.scheduler.running()
    machine.wait(second, Wait((queue,), deadline_ns=500))
    machine.timers.fire(500)
    assert (first.wakeup, second.wakeup) == (None, Wakeup.TIMEOUT)
    assert queue.wake() == 1
    assert first.wakeup is Wakeup.WOKEN
    assert machine.timers.next_deadline_ns() is None


def test_a_thread_that_ends_while_it_waits_leaves_no_trace() -> None:
    machine = Machine(1)
    queue = WaitQueue()
    thread = machine.thread()
    machine.scheduler.running()
    machine.wait(thread, Wait((queue,), deadline_ns=1000))
    machine.scheduler.remove(thread)
    assert (len(machine.scheduler), machine.scheduler.waiting(), len(queue)) == (0, [], 0)
    assert machine.timers.next_deadline_ns() is None
    assert machine.scheduler.runnable() == 0


@pytest.mark.parametrize("policy", FairPolicy)
def test_a_thread_that_yields_goes_behind_the_others_of_its_core(policy: FairPolicy) -> None:
    machine = Machine(1, fair_policy=policy)
    threads = [machine.thread() for _ in range(3)]
    order = []
    for _ in range(6):
        (number,) = machine.running()
        order.append(number)
        machine.scheduler.give_way(threads[number - 1])
    assert order == [1, 2, 3, 1, 2, 3]


def test_a_thread_that_yields_alone_keeps_the_core() -> None:
    machine = Machine(1)
    thread = machine.thread()
    assert machine.running() == [1]
    machine.scheduler.give_way(thread)
    assert machine.running() == [1]
    assert machine.work.context_switch == 0


def test_a_thread_that_slept_takes_the_core_when_it_wakes() -> None:
    machine = Machine(1)
    machine.thread()
    sleeper = machine.thread()

    def sleep(thread: Thread) -> None:
        machine.sleep(thread, 50 * MS)
        machine.after(thread, MS, sleep)

    machine.after(sleeper, MS, sleep)
    machine.run(1000 * MS)
    assert machine.used[sleeper] >= 18 * MS
    assert sleeper.sched.statistics.max_wait_ns <= 8 * MS
    waits = machine.used[sleeper] // MS
    assert sleeper.sched.statistics.wait_ns <= 8 * MS + waits * 100


def test_without_wakeup_preemption_it_waits_for_the_tick() -> None:
    latencies = []
    for preemption in (True, False):
        machine = Machine(1, wakeup_preemption=preemption)
        machine.thread()
        sleeper = machine.thread()
        machine.after(sleeper, 1, lambda thread, machine=machine: machine.sleep(thread, 42 * MS))  # type: ignore[misc]
        machine.run(12 * MS)
        sleeper.sched.statistics.max_wait_ns = 0
        machine.run(49 * MS)
        latencies.append(sleeper.sched.statistics.max_wait_ns)
    assert latencies[0] < MS < latencies[1]


def test_an_idle_core_takes_a_thread_that_waits_elsewhere() -> None:
    machine = Machine(2)
    threads = [machine.thread() for _ in range(4)]
    machine.run(10 * MS)
    for thread in threads:
        if thread.core.number == 1:
            machine.scheduler.remove(thread)
            machine.used.pop(thread)
    machine.run(100 * MS)
    rest = list(machine.used)
    assert {thread.core.number for thread in rest} == {0, 1}
    assert sum(thread.sched.statistics.migrations for thread in rest) == machine.work.migration == 1
    assert min(machine.used.values()) > 90 * MS


def test_cores_are_evened_out_at_ticks() -> None:
    machine = Machine(2)
    threads = [machine.thread(affinity=1) for _ in range(4)]
    other = machine.thread(affinity=2)
    machine.run(20 * MS)
    for thread in threads:
        thread.sched.affinity = 3
        machine.scheduler.parameters_changed(thread)
    machine.run(400 * MS)
    assert other.core.number == 1
    assert sorted(thread.core.number for thread in threads) in ([0, 0, 1, 1], [0, 0, 0, 1])
    assert machine.work.migration >= 1


def test_affinity_is_kept_always() -> None:
    machine = Machine(3)
    threads = [machine.thread(affinity=0b100) for _ in range(3)]
    machine.run(100 * MS)
    assert {thread.core.number for thread in threads} == {2}
    assert [core.idle_subcycles == 0 and core.cycles == 0 for core in machine.cores] == [True, True, False]


def test_a_running_thread_moves_when_it_may_not_stay() -> None:
    machine = Machine(2)
    thread = machine.thread()
    machine.run(5 * MS)
    thread.sched.affinity = 0b10
    machine.scheduler.parameters_changed(thread)
    assert thread.core.number == 0, "while it is served it keeps its core"
    assert machine.running() == [1]
    assert thread.core.number == 1
    assert machine.cores[1].cycles >= 5 * MS
    assert thread.sched.statistics.migrations == 1


def test_real_time_comes_first_and_keeps_the_core() -> None:
    machine = Machine(1)
    normal = machine.thread()
    machine.run(10 * MS)
    urgent = machine.thread(policy=Policy.SCHED_FIFO, priority=10)
    assert machine.running() == [2]
    machine.after(urgent, 500 * MS, lambda thread: machine.sleep(thread, 10 * MS))
    machine.run(515 * MS)
    assert machine.used == {normal: 15 * MS, urgent: 500 * MS}
    assert normal.sched.statistics.max_wait_ns == 500 * MS


def test_more_urgent_real_time_threads_interrupt_less_urgent_ones() -> None:
    machine = Machine(1)
    low = machine.thread(policy=Policy.SCHED_FIFO, priority=1)
    equal = machine.thread(policy=Policy.SCHED_FIFO, priority=1)
    high = machine.thread(policy=Policy.SCHED_FIFO, priority=2)
    machine.after(high, 3 * MS, lambda thread: machine.sleep(thread, 5 * MS))
    machine.after(low, 10 * MS, lambda thread: machine.sleep(thread, 100 * MS))
    machine.run(30 * MS)
    # The one that was interrupted goes on before its equals.
    assert [number for _, number in machine.trace] == [3, 1, 3] or machine.trace[0][1] in (1, 3)
    assert machine.used[equal] == 0 or machine.used[low] == 10 * MS


def test_round_robin_threads_of_one_priority_take_turns() -> None:
    machine = Machine(1)
    threads = [machine.thread(policy=Policy.SCHED_RR, priority=5) for _ in range(3)]
    machine.run(600 * MS)
    assert [machine.used[thread] for thread in threads] == [200 * MS] * 3
    assert [number for _, number in machine.trace] == [1, 2, 3, 1, 2, 3]


def test_an_idle_policy_thread_gets_what_is_left() -> None:
    machine = Machine(1)
    normal, idle = machine.thread(), machine.thread(policy=Policy.SCHED_IDLE)
    machine.run(2000 * MS)
    assert machine.used[idle] <= 12 * MS
    machine.scheduler.remove(normal)
    machine.run(2100 * MS)
    assert machine.used[idle] >= 99 * MS


def test_real_time_threads_spread_over_cores() -> None:
    machine = Machine(2)
    machine.thread()
    machine.thread()
    machine.run(MS)
    first = machine.thread(policy=Policy.SCHED_FIFO, priority=5)
    second = machine.thread(policy=Policy.SCHED_FIFO, priority=5)
    assert machine.running() == [3, 4]
    assert first.core is not second.core


def test_a_core_pulls_a_real_time_thread_that_waits_elsewhere() -> None:
    machine = Machine(2)
    hog = machine.thread(policy=Policy.SCHED_FIFO, priority=9, affinity=1)
    waits = machine.thread(policy=Policy.SCHED_FIFO, priority=5, affinity=1)
    machine.thread()
    machine.run(10 * MS)
    assert machine.used[waits] == 0
    waits.sched.affinity = 3
    machine.scheduler.parameters_changed(waits)
    assert 2 in machine.running()
    machine.run(20 * MS)
    assert machine.used[waits] == 10 * MS
    assert machine.used[hog] == 20 * MS


def test_first_come_runs_until_it_waits() -> None:
    machine = Machine(1, fair_policy=FairPolicy.FIRST_COME)
    first, second = machine.thread(), machine.thread(nice=-20)
    machine.after(first, 300 * MS, lambda thread: machine.sleep(thread, 1000 * MS))
    machine.run(400 * MS)
    assert (machine.used[first], machine.used[second]) == (300 * MS, 100 * MS)


def test_round_robin_ignores_nice_values() -> None:
    machine = Machine(1, fair_policy=FairPolicy.ROUND_ROBIN)
    first, second = machine.thread(nice=19), machine.thread(nice=-20)
    machine.run(400 * MS)
    assert machine.used[first] == machine.used[second] == 200 * MS


# -- signals and stops -------------------------------------------------------------------------------------------


def test_a_signal_makes_a_waiting_thread_runnable_and_it_may_go_on_waiting() -> None:
    machine = Machine(1)
    queue = WaitQueue()
    thread = machine.thread()
    machine.scheduler.running()
    machine.wait(thread, Wait((queue,), deadline_ns=MS))
    machine.scheduler.interrupt(thread)
    assert machine.running() == [1]
    assert thread.wakeup is None
    machine.scheduler.wait_again(thread)
    assert machine.running() == []
    machine.run(2 * MS)
    assert machine.used[thread] > 0, "the deadline held"


def test_a_wake_up_between_a_signal_and_its_handling_is_not_lost() -> None:
    machine = Machine(1)
    queue = WaitQueue()
    thread = machine.thread()
    machine.scheduler.running()
    machine.wait(thread, Wait((queue,)))
    machine.scheduler.interrupt(thread)
    assert queue.wake() == 1
    assert machine.running() == [1]
    assert thread.wakeup is Wakeup.WOKEN


def test_disarm_gives_up_the_wait() -> None:
    machine = Machine(1)
    queue = WaitQueue()
    thread = machine.thread()
    machine.scheduler.running()
    machine.wait(thread, Wait((queue,), deadline_ns=5))
    machine.scheduler.interrupt(thread)
    machine.scheduler.disarm(thread)
    assert (queue.wake(), machine.timers.next_deadline_ns()) == (0, None)
    assert machine.running() == [1]


def test_a_stopped_thread_gets_no_core_and_remembers_that_it_was_woken() -> None:
    machine = Machine(1)
    first, second = machine.thread(), machine.thread()
    machine.run(MS)
    machine.scheduler.suspend(first)
    machine.scheduler.suspend(first)
    assert machine.running() == [2]
    machine.wait(second, Until(10 * MS))
    machine.scheduler.suspend(second)
    machine.timers.fire(10 * MS)
    assert machine.running() == []
    machine.scheduler.resume(second)
    assert machine.running() == [2]
    assert second.wakeup is Wakeup.TIMEOUT
    machine.scheduler.resume(first)
    machine.scheduler.remove(second)
    assert machine.running() == [1]


def test_a_stopped_thread_may_end() -> None:
    machine = Machine(1)
    thread = machine.thread()
    machine.run(MS)
    machine.scheduler.suspend(thread)
    machine.scheduler.remove(thread)
    assert (len(machine.scheduler), machine.running()) == (0, [])


# -- costs and counts --------------------------------------------------------------------------------------------


def test_every_switch_is_charged_to_its_core() -> None:
    machine = Machine(1, switch_ns=1000)
    threads = [machine.thread(), machine.thread()]
    machine.run(400 * MS)
    total = sum(machine.used[thread] for thread in threads)
    assert machine.cores[0].cycles - total == machine.work.context_switch * 1000
    (counts,) = machine.scheduler.statistics()
    assert counts.context_switches == machine.work.context_switch == counts.dispatches - 1


def test_latency_is_the_time_runnable_without_a_core() -> None:
    machine = Machine(1)
    first, second = machine.thread(), machine.thread()
    machine.run(40 * MS)
    waited = sum(thread.sched.statistics.wait_ns for thread in (first, second))
    assert 32 * MS <= waited <= 40 * MS
    (counts,) = machine.scheduler.statistics()
    assert (counts.wait_ns, counts.max_wait_ns) == (waited, 4 * MS)

"""Run queues, waiting and timers: who runs next depends on the order of calls and on guest time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator.core import Core
from emulator.engine import Engine
from guest.abi.structs import Timespec
from guest.sched import Scheduler, Thread
from guest.syscall import Pending
from guest.wait import Wakeup
from tests.emulator.support import hardware

FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE = 128, 129


class Machine:
    """A scheduler for some cores, and tasks that never execute: the test makes their calls."""

    def __init__(self, cores: int, make_guest: Callable[..., Any]) -> None:
        config = hardware(core={"count": cores})
        self.cores = [Core(number, config) for number in range(cores)]
        self.scheduler = Scheduler(self.cores)
        self._engine = Engine(config)
        self._make_guest = make_guest
        self.guests: dict[Thread, Any] = {}

    def thread(self) -> Thread:
        """A new task on the core that the scheduler chooses."""
        guest = self._make_guest()
        thread = Thread(guest.task, self._engine, self._engine.new_context(0, 0), self.scheduler.choose_core())
        self.guests[thread] = guest
        self.scheduler.add(thread)
        return thread

    def block(self, thread: Thread, name: str, *arguments: int) -> None:
        """The thread makes a call that waits."""
        pending = self.guests[thread].start(name, *arguments)
        assert isinstance(pending, Pending)
        thread.pending = pending
        self.scheduler.block(thread)

    def sleep(self, thread: Thread, duration_ns: int) -> None:
        duration = Timespec.from_ns(duration_ns).to_bytes()
        self.block(thread, "nanosleep", self.guests[thread].put(duration), 0)

    def wait(self, thread: Thread, *, timeout_ns: int | None = None) -> int:
        """The thread waits for a futex, whose address is returned."""
        guest = self.guests[thread]
        timeout = 0 if timeout_ns is None else guest.put(Timespec.from_ns(timeout_ns).to_bytes())
        word: int = guest.put(bytes(4))
        self.block(thread, "futex", word, FUTEX_WAIT_PRIVATE, 0, timeout, 0, 0)
        return word


@pytest.fixture
def machine(make_guest: Callable[..., Any]) -> Machine:
    return Machine(1, make_guest)


def test_a_task_goes_to_the_core_with_the_fewest_tasks_then_to_the_first(make_guest: Callable[..., Any]) -> None:
    machine = Machine(3, make_guest)
    threads = [machine.thread() for _ in range(5)]
    assert [thread.core.number for thread in threads] == [0, 1, 2, 0, 1]
    machine.scheduler.remove(threads[0])
    machine.scheduler.remove(threads[3])
    assert machine.thread().core.number == 0
    assert len(machine.scheduler) == 4


def test_the_head_of_each_queue_runs(make_guest: Callable[..., Any]) -> None:
    machine = Machine(2, make_guest)
    first, second, third = (machine.thread() for _ in range(3))
    assert machine.scheduler.running() == [first, second]
    machine.sleep(first, 10)
    assert machine.scheduler.running() == [third, second]
    machine.scheduler.remove(second)
    assert machine.scheduler.running() == [third]


def test_timers_fire_in_the_order_of_their_deadlines(machine: Machine) -> None:
    threads = [machine.thread() for _ in range(4)]
    for thread, duration in zip(threads, (30, 10, 20, 10), strict=True):
        machine.sleep(thread, duration)
    assert machine.scheduler.running() == []
    assert machine.scheduler.waiting() == threads
    assert machine.scheduler.next_deadline_ns() == 10
    machine.scheduler.fire_timers(9)
    assert machine.scheduler.running() == []
    machine.scheduler.fire_timers(20)
    # Equal deadlines: who began to wait first.
    woken = []
    while machine.scheduler.running():
        (thread,) = machine.scheduler.running()
        assert thread.wakeup is Wakeup.TIMEOUT
        woken.append(thread)
        machine.scheduler.remove(thread)
    assert woken == [threads[1], threads[3], threads[2]]
    assert machine.scheduler.next_deadline_ns() == 30
    assert len(machine.scheduler) == 1


def test_a_task_that_was_woken_has_no_timer_any_more(machine: Machine) -> None:
    waiting, other = machine.thread(), machine.thread()
    word = machine.wait(waiting, timeout_ns=1000)
    assert machine.scheduler.next_deadline_ns() == 1000
    assert machine.guests[waiting].call("futex", word, FUTEX_WAKE_PRIVATE, 1) == 1
    assert waiting.wakeup is Wakeup.WOKEN
    assert machine.scheduler.next_deadline_ns() is None
    machine.scheduler.fire_timers(5000)
    assert waiting.wakeup is Wakeup.WOKEN
    assert machine.scheduler.running() == [other]
    machine.scheduler.remove(other)
    assert machine.scheduler.running() == [waiting]


def test_a_task_whose_time_is_up_is_not_woken_again(machine: Machine) -> None:
    thread = machine.thread()
    word = machine.wait(thread, timeout_ns=1000)
    machine.scheduler.fire_timers(1000)
    assert thread.wakeup is Wakeup.TIMEOUT
    assert machine.guests[thread].call("futex", word, FUTEX_WAKE_PRIVATE, 1) == 0
    assert machine.scheduler.running() == [thread]
    assert len(machine.scheduler) == 1


def test_a_task_that_yields_goes_behind_the_others_of_its_core(make_guest: Callable[..., Any]) -> None:
    machine = Machine(2, make_guest)
    first, other_core, second = (machine.thread() for _ in range(3))
    machine.block(first, "sched_yield")
    assert machine.scheduler.running() == [second, other_core]
    assert first.wakeup is Wakeup.WOKEN
    machine.block(second, "sched_yield")
    assert machine.scheduler.running() == [first, other_core]


def test_a_task_that_ends_while_it_waits_leaves_no_trace(machine: Machine) -> None:
    thread = machine.thread()
    word = machine.wait(thread, timeout_ns=1000)
    machine.scheduler.remove(thread)
    assert (len(machine.scheduler), machine.scheduler.waiting()) == (0, [])
    assert machine.scheduler.next_deadline_ns() is None
    assert machine.guests[thread].call("futex", word, FUTEX_WAKE_PRIVATE, 1) == 0


def test_without_a_deadline_there_is_no_timer(machine: Machine) -> None:
    machine.wait(machine.thread())
    assert machine.scheduler.next_deadline_ns() is None
    assert [thread.pending.name for thread in machine.scheduler.waiting() if thread.pending] == ["futex"]

"""The futex calls, one by one, between tasks that share memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guest.abi.errno import E
from guest.abi.futex import FUTEX_OWNER_DIED, FUTEX_WAITERS, FutexWaitv
from guest.abi.sched import Policy
from guest.abi.structs import Timespec
from guest.abi.syscalls import NUMBERS
from guest.futex.robust import release_futexes
from guest.signal.state import SignalHandlers
from guest.syscall import Pending
from guest.task import Task
from guest.wait import Waiter, Wakeup

WAIT, WAKE, REQUEUE, CMP_REQUEUE, WAKE_OP, LOCK_PI, UNLOCK_PI, TRYLOCK_PI = 0, 1, 3, 4, 5, 6, 7, 8
WAIT_BITSET, WAKE_BITSET, WAIT_REQUEUE_PI, CMP_REQUEUE_PI, LOCK_PI2 = 9, 10, 11, 12, 13
PRIVATE, REALTIME = 128, 256


class Threads:
    """Tasks of one process; `results` holds what the calls of those that waited gave."""

    def __init__(self, guest: Any) -> None:
        self.guest = guest
        self.kernel = guest.kernel
        self.results: dict[int, int] = {}
        self.waiting: dict[int, tuple[Pending, Waiter]] = {}

    def new(self, priority: int = 0) -> Task:
        main = self.guest.task
        task = Task(
            self.kernel.tasks.allocate(), main.process, main.mm, main.files, main.fs, SignalHandlers(), self.kernel
        )
        if priority:
            task.sched.policy, task.sched.priority = Policy.SCHED_FIFO, priority
        main.process.threads.append(task)
        self.kernel.tasks.add(task)
        return task

    def call(self, task: Task, name: str, *arguments: int) -> int | None:
        """The result, or None if the task waits now."""
        registers = [argument & (1 << 64) - 1 for argument in arguments]
        result = self.guest.table.dispatch(task, NUMBERS[name], registers + [0] * (6 - len(registers)))
        return self._settle(task, result)

    def futex(self, task: Task, operation: int, address: int, *arguments: int) -> int | None:
        return self.call(task, "futex", address, operation | PRIVATE, *arguments)

    def _settle(self, task: Task, result: int | Pending) -> int | None:
        if isinstance(result, int):
            self.results[task.tid] = result
            return result
        waiter = Waiter(result.wait, lambda: self._resume(task, Wakeup.WOKEN))
        self.waiting[task.tid] = result, waiter
        return None

    def _resume(self, task: Task, wakeup: Wakeup) -> None:
        pending, waiter = self.waiting.pop(task.tid)
        waiter.cancel()
        self._settle(task, pending.resume(wakeup))

    def time_out(self, task: Task) -> int:
        """The deadline of the task's wait passes."""
        deadline = self.waiting[task.tid][0].wait.deadline_ns
        assert deadline is not None
        self.guest.clock.ns = deadline
        self._resume(task, Wakeup.TIMEOUT)
        return self.results[task.tid]

    def interrupt(self, task: Task) -> int:
        """A signal with a handler comes."""
        pending, waiter = self.waiting.pop(task.tid)
        waiter.cancel()
        result = pending.interrupt()
        assert isinstance(result, int)
        return result

    def word(self, value: int = 0) -> int:
        address: int = self.guest.put(value.to_bytes(4, "little"))
        return address

    def value(self, address: int) -> int:
        return int.from_bytes(self.guest.read(address, 4), "little")

    def time(self, ns: int) -> int:
        address: int = self.guest.put(Timespec.from_ns(ns).to_bytes())
        return address


@pytest.fixture
def threads(make_guest: Callable[..., Any]) -> Threads:
    return Threads(make_guest())


def test_wait_needs_the_value_and_wake_counts(threads: Threads) -> None:
    word = threads.word(5)
    first, second, third = (threads.new() for _ in range(3))
    assert threads.futex(first, WAIT, word, 4) == -E.EAGAIN
    for task in (first, second, third):
        assert threads.futex(task, WAIT, word, 5) is None
    waker = threads.new()
    assert threads.futex(waker, WAKE, word, 2) == 2
    assert (threads.results.get(first.tid), threads.results.get(second.tid)) == (0, 0)
    assert list(threads.waiting) == [third.tid]
    assert threads.futex(waker, WAKE, word, 9) == 1
    assert len(threads.kernel.futexes) == 0


def test_real_time_threads_are_woken_first(threads: Threads) -> None:
    word = threads.word()
    normal, urgent = threads.new(), threads.new(priority=5)
    threads.futex(normal, WAIT, word, 0)
    threads.futex(urgent, WAIT, word, 0)
    assert threads.futex(threads.new(), WAKE, word, 1) == 1
    assert list(threads.waiting) == [normal.tid]


def test_bitsets_choose_who_is_woken(threads: Threads) -> None:
    word = threads.word()
    first, second, waker = threads.new(), threads.new(), threads.new()
    threads.futex(first, WAIT_BITSET, word, 0, 0, 0, 0b01)
    threads.futex(second, WAIT_BITSET, word, 0, 0, 0, 0b10)
    assert threads.futex(waker, WAKE_BITSET, word, 9, 0, 0, 0b10) == 1
    assert list(threads.waiting) == [first.tid]
    assert threads.futex(waker, WAKE_BITSET, word, 9, 0, 0, 0) == -E.EINVAL
    assert threads.futex(waker, WAIT_BITSET, word, 0, 0, 0, 0) == -E.EINVAL


def test_timeouts_are_relative_absolute_or_of_the_wall_clock(threads: Threads) -> None:
    word, task = threads.word(), threads.new()
    threads.guest.clock.ns = 1000
    for operation, timeout, expected in (
        (WAIT, 500, 1500),
        (WAIT_BITSET, 5000, 5000),
        (WAIT_BITSET | REALTIME, threads.kernel.identity.epoch_ns + 7000, 7000),
    ):
        assert threads.futex(task, operation, word, 0, threads.time(timeout), 0, 1) is None
        assert threads.waiting[task.tid][0].wait.deadline_ns == expected
        assert threads.time_out(task) == -E.ETIMEDOUT
    assert threads.futex(task, WAIT_BITSET, word, 0, threads.time(6999), 0, 1) == -E.ETIMEDOUT
    bad = threads.guest.put(Timespec(0, 10**9).to_bytes())
    assert threads.futex(task, WAIT, word, 0, bad) == -E.EINVAL
    assert threads.futex(task, WAKE | REALTIME, word, 1) == -E.ENOSYS
    assert len(threads.kernel.futexes) == 0


def test_a_signal_ends_the_wait(threads: Threads) -> None:
    word, task = threads.word(), threads.new()
    threads.futex(task, WAIT, word, 0)
    assert threads.interrupt(task) == -E.EINTR
    assert len(threads.kernel.futexes) == 0


def test_bad_addresses(threads: Threads) -> None:
    task = threads.new()
    for operation in (WAIT, WAKE, LOCK_PI, UNLOCK_PI):
        assert threads.futex(task, operation, threads.word() + 1, 0) == -E.EINVAL
    assert threads.futex(task, WAIT, 0x8000, 0) == -E.EFAULT
    assert threads.futex(task, WAKE, (1 << 64) - 4, 1) == -E.EFAULT
    assert threads.futex(task, 99, threads.word(), 0) == -E.ENOSYS


def test_requeue_wakes_some_and_moves_others(threads: Threads) -> None:
    source, target = threads.word(1), threads.word()
    tasks = [threads.new() for _ in range(4)]
    for task in tasks:
        threads.futex(task, WAIT, source, 1)
    waker = threads.new()
    assert threads.futex(waker, CMP_REQUEUE, source, 1, 2, target, 2) == -E.EAGAIN
    assert threads.futex(waker, CMP_REQUEUE, source, 1, 2, target, 1) == 3
    assert list(threads.waiting) == [task.tid for task in tasks[1:]]
    assert threads.futex(waker, WAKE, target, 9) == 2
    assert list(threads.waiting) == [tasks[3].tid]
    assert threads.futex(waker, REQUEUE, source, -1, 0, target) == -E.EINVAL
    assert threads.interrupt(tasks[3]) == -E.EINTR


@pytest.mark.parametrize(
    ("encoded", "old", "new", "both"),
    [
        (0 << 28 | 0 << 24 | 7 << 12 | 3, 3, 7, True),  # set 7, old == 3
        (1 << 28 | 4 << 24 | 1 << 12 | 3, 3, 4, False),  # add 1, old > 3
        (2 << 28 | 1 << 24 | 4 << 12 | 3, 3, 7, False),  # or 4, old != 3
        (3 << 28 | 3 << 24 | 1 << 12 | 3, 3, 2, True),  # and not 1, old <= 3
        (4 << 28 | 5 << 24 | 0xFFF << 12 | 0xFFF, 0, 0xFFFFFFFF, True),  # xor -1, old >= -1
        (8 << 28 | 0 << 24 | 5 << 12 | 0, 0, 32, True),  # set 1 << 5, old == 0
    ],
)
def test_wake_op_changes_a_word_and_compares_what_it_was(
    threads: Threads, encoded: int, old: int, new: int, both: bool
) -> None:
    source, target = threads.word(), threads.word(old)
    first, second, waker = threads.new(), threads.new(), threads.new()
    threads.futex(first, WAIT, source, 0)
    threads.futex(second, WAIT, target, old)
    assert threads.futex(waker, WAKE_OP, source, 1, 1, target, encoded) == 1 + both
    assert threads.value(target) == new
    assert (second.tid in threads.waiting) is not both


def test_waitv_says_which_word_was_woken(threads: Threads) -> None:
    words = [threads.word(index) for index in range(3)]
    entries = b"".join(FutexWaitv(index, word, 2 | PRIVATE, 0).to_bytes() for index, word in enumerate(words))
    vector, task, waker = threads.guest.put(entries), threads.new(), threads.new()
    assert threads.call(task, "futex_waitv", vector, 3, 0, 0, 0) is None
    assert threads.futex(waker, WAKE, words[2], 1) == 1
    assert threads.results[task.tid] == 2
    assert len(threads.kernel.futexes) == 0
    assert threads.call(task, "futex_waitv", vector, 0, 0, 0, 0) == -E.EINVAL
    assert threads.call(task, "futex_waitv", vector, 3, 1, 0, 0) == -E.EINVAL


def test_locks_are_handed_over_in_order_of_priority(threads: Threads) -> None:
    lock = threads.word()
    owner, normal, urgent = threads.new(), threads.new(), threads.new(priority=7)
    assert threads.futex(owner, LOCK_PI, lock, 0) == 0
    assert threads.value(lock) == owner.tid
    assert threads.futex(normal, TRYLOCK_PI, lock, 0) == -E.EAGAIN
    assert threads.futex(normal, LOCK_PI, lock, 0) is None
    assert threads.value(lock) == owner.tid | FUTEX_WAITERS
    assert threads.futex(urgent, LOCK_PI2, lock, 0) is None
    assert owner.sched.real_time_priority == 7, "lent by the urgent one"
    assert threads.futex(owner, UNLOCK_PI, lock, 0) == 0
    assert threads.value(lock) == urgent.tid | FUTEX_WAITERS
    assert owner.sched.real_time_priority == 0
    assert threads.futex(owner, UNLOCK_PI, lock, 0) == -E.EPERM
    assert threads.futex(urgent, UNLOCK_PI, lock, 0) == 0
    assert threads.futex(normal, UNLOCK_PI, lock, 0) == 0
    assert (threads.value(lock), len(threads.kernel.futexes)) == (0, 0)


def test_what_is_wrong_with_a_lock(threads: Threads) -> None:
    first, second = threads.new(), threads.new()
    one, other = threads.word(), threads.word()
    assert threads.futex(first, LOCK_PI, one, 0) == 0
    assert threads.futex(first, LOCK_PI, one, 0) == -E.EDEADLK
    assert threads.futex(second, LOCK_PI, other, 0) == 0
    assert threads.futex(first, LOCK_PI, other, 0, threads.time(0)) == -E.ETIMEDOUT
    assert threads.futex(first, LOCK_PI, other, 0) is None
    assert threads.futex(second, LOCK_PI, one, 0) == -E.EDEADLK, "each would wait for the other"
    assert threads.futex(first, LOCK_PI, threads.word(30000), 0) == -E.ESRCH
    assert threads.futex(second, WAKE, other, 1) == -E.EINVAL, "who waits for a lock is not woken so"


def test_requeue_to_a_lock(threads: Threads) -> None:
    condition, lock = threads.word(), threads.word()
    tasks, signaller = [threads.new() for _ in range(3)], threads.new()
    for task in tasks:
        assert threads.futex(task, WAIT_REQUEUE_PI, condition, 0, 0, lock) is None
    assert threads.futex(signaller, WAKE, condition, 1) == -E.EINVAL
    assert threads.futex(signaller, CMP_REQUEUE_PI, condition, 1, 9, lock, 1) == -E.EAGAIN
    assert threads.futex(signaller, CMP_REQUEUE_PI, condition, 1, 9, lock, 0) == 3
    assert threads.results[tasks[0].tid] == 0
    assert threads.value(lock) == tasks[0].tid | FUTEX_WAITERS
    for task, following in zip(tasks, [*tasks[1:], None], strict=True):
        assert threads.futex(task, UNLOCK_PI, lock, 0) == 0
        assert threads.value(lock) == (following.tid | FUTEX_WAITERS if following else 0)
    assert len(threads.kernel.futexes) == 0


def test_the_locks_of_a_task_that_ends_are_marked_and_handed_on(threads: Threads) -> None:
    owner, waiter = threads.new(), threads.new()
    # Two plain locks in the list, and one that was being unlocked.
    head, first, second, pending = (threads.guest.put(bytes(24)) for _ in range(4))
    write = threads.guest.mm.memory.write

    def pointers(*values: int) -> bytes:
        return b"".join(value.to_bytes(8, "little") for value in values)

    write(head, pointers(first, 8, pending))
    write(first, pointers(second) + (owner.tid | FUTEX_WAITERS).to_bytes(4, "little"))
    write(second, pointers(head) + (waiter.tid).to_bytes(4, "little"))
    assert threads.call(owner, "set_robust_list", head, 23) == -E.EINVAL
    assert threads.call(owner, "set_robust_list", head, 24) == 0
    assert threads.futex(waiter, WAIT & ~PRIVATE, first + 8, owner.tid | FUTEX_WAITERS) is None
    inheriting, other = threads.word(), threads.new()
    threads.futex(owner, LOCK_PI, inheriting, 0)
    assert threads.futex(other, LOCK_PI, inheriting, 0) is None
    release_futexes(owner)
    assert threads.value(first + 8) == FUTEX_OWNER_DIED | FUTEX_WAITERS
    assert threads.value(second + 8) == waiter.tid, "not its own"
    assert threads.results[waiter.tid] == threads.results[other.tid] == 0
    assert threads.value(inheriting) == other.tid | FUTEX_WAITERS | FUTEX_OWNER_DIED


def test_a_robust_list_that_never_ends_or_points_nowhere_does_no_harm(threads: Threads) -> None:
    task = threads.new()
    head = threads.guest.put(bytes(24))
    entry = threads.guest.put(bytes(24))
    threads.guest.mm.memory.write(head, entry.to_bytes(8, "little"))
    threads.guest.mm.memory.write(entry, entry.to_bytes(8, "little"))
    for address in (head, 0x8000, (1 << 64) - 8):
        task.robust_list = address
        release_futexes(task)
        assert task.robust_list == 0

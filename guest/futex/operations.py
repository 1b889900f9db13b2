"""Wait, wake, requeue and wake_op on plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guest.abi.constants import FUTEX_BITSET_MATCH_ANY
from guest.abi.errno import E, Errno
from guest.abi.futex import WakeComparison, WakeOperation
from guest.futex.table import FutexWaiter, Key, futex_key
from guest.futex.user_word import check_alignment, read_word, signed, write_word
from guest.wait import Blocking, Wait, WaitQueue

if TYPE_CHECKING:
    from guest.task import Task


def wait(task: Task, address: int, value: int, *, shared: bool, mask: int, deadline_ns: int | None) -> Blocking[int]:
    """Wait until a wake with a bit of `mask`, if the word still has `value` (EAGAIN, ETIMEDOUT, EINTR)."""
    if not mask:
        raise Errno(E.EINVAL)
    check_alignment(address)
    key = futex_key(task.mm, address, shared=shared)
    if read_word(task.mm, address) != value:
        raise Errno(E.EAGAIN)
    queue = WaitQueue()
    yield from _wait_for([FutexWaiter(task, address, key, queue, mask=mask)], queue, deadline_ns)
    return 0


def wait_for_any(task: Task, words: Sequence[tuple[int, int, bool]], deadline_ns: int | None) -> Blocking[int]:
    """Wait for one of several words (address, value, shared); which of them was woken."""
    queue, waiters = WaitQueue(), []
    for index, (address, _, shared) in enumerate(words):
        key = futex_key(task.mm, address, shared=shared)
        waiters.append(FutexWaiter(task, address, key, queue, index=index))
    for address, value, _ in words:
        if read_word(task.mm, address) != value:
            raise Errno(E.EAGAIN)
    return (yield from _wait_for(waiters, queue, deadline_ns))


def _wait_for(waiters: Sequence[FutexWaiter], queue: WaitQueue, deadline_ns: int | None) -> Blocking[int]:
    table, clock = waiters[0].task.kernel.futexes, waiters[0].task.kernel.clock
    if deadline_ns is not None and deadline_ns <= clock.now_ns():
        raise Errno(E.ETIMEDOUT)
    for waiter in waiters:
        table.add(waiter)
    try:
        yield Wait(queues=(queue,), deadline_ns=deadline_ns)
    finally:
        for waiter in waiters:
            table.remove(waiter)
    for waiter in waiters:
        if waiter.woken:
            return waiter.index
    raise Errno(E.ETIMEDOUT)


def wake(task: Task, address: int, count: int, *, shared: bool, mask: int = FUTEX_BITSET_MATCH_ANY) -> int:
    """Wake up to `count` waiters; how many. Those that wait for a lock cannot be woken so (EINVAL)."""
    if not mask:
        raise Errno(E.EINVAL)
    check_alignment(address)
    key = _readable_key(task, address, shared)
    return _wake_plain(task, key, count, mask)


def wake_word(task: Task, address: int) -> None:
    """Wake one waiter of a word that the kernel itself has written (thread end)."""
    task.kernel.futexes.wake_word(futex_key(task.mm, address, shared=True), 1)


def _readable_key(task: Task, address: int, shared: bool) -> Key:
    if not shared:
        # Linux looks at the page only to find the key of a shared word, at the address itself always.
        if address >= task.mm.layout.task_size:
            raise Errno(E.EFAULT)
    else:
        read_word(task.mm, address)
    return futex_key(task.mm, address, shared=shared)


def _wake_plain(task: Task, key: Key, count: int, mask: int = FUTEX_BITSET_MATCH_ANY) -> int:
    table = task.kernel.futexes
    if key in table.locks:
        raise Errno(E.EINVAL)
    # Linux counts after waking: a count of 0 or less wakes one.
    chosen = [waiter for waiter in table.waiters(key) if waiter.mask & mask][: max(count, 1)]
    for waiter in chosen:
        if waiter.requeue_to is not None:
            raise Errno(E.EINVAL)
        table.wake(waiter)
    return len(chosen)


def requeue(
    task: Task,
    address: int,
    target: int,
    wakes: int,
    requeues: int,
    *,
    shared: bool,
    target_shared: bool,
    expected: int | None,
) -> int:
    """Wake up to `wakes` waiters and let up to `requeues` others wait for `target`; how many both together.

    With `expected` only if the word has that value (EAGAIN).
    """
    if wakes < 0 or requeues < 0:
        raise Errno(E.EINVAL)
    check_alignment(address)
    check_alignment(target)
    source, destination = _readable_key(task, address, shared), _readable_key(task, target, target_shared)
    if expected is not None and read_word(task.mm, address) != expected:
        raise Errno(E.EAGAIN)
    table = task.kernel.futexes
    waiters = table.waiters(source)
    if any(waiter.requeue_to is not None for waiter in waiters):
        raise Errno(E.EINVAL)
    for waiter in waiters[:wakes]:
        table.wake(waiter)
    moved = waiters[wakes : wakes + requeues]
    if source != destination:
        for waiter in moved:
            table.requeue(waiter, destination, target)
    return min(len(waiters), wakes) + len(moved)


def wake_op(task: Task, address: int, wakes: int, target: int, target_wakes: int, encoded: int, *, shared: bool) -> int:
    """Change the word at `target`, wake waiters of `address`, and waiters of `target` if its old value compares."""
    check_alignment(address)
    check_alignment(target)
    source = _readable_key(task, address, shared)
    destination = futex_key(task.mm, target, shared=shared)
    old = _change(task, target, encoded)
    woken = _wake_plain(task, source, wakes)
    if _compares(signed(old), encoded):
        woken += _wake_plain(task, destination, target_wakes)
    return woken


def _sign_extend(value: int) -> int:
    return value - 0x1000 if value & 0x800 else value


def _change(task: Task, address: int, encoded: int) -> int:
    operation, argument = encoded >> 28 & 7, _sign_extend(encoded >> 12 & 0xFFF)
    if encoded >> 31:  # FUTEX_OP_OPARG_SHIFT; Linux takes the count modulo 32
        argument = 1 << (argument & 31)
    old = read_word(task.mm, address)
    match operation:
        case WakeOperation.FUTEX_OP_SET:
            new = argument
        case WakeOperation.FUTEX_OP_ADD:
            new = old + argument
        case WakeOperation.FUTEX_OP_OR:
            new = old | argument
        case WakeOperation.FUTEX_OP_ANDN:
            new = old & ~argument
        case WakeOperation.FUTEX_OP_XOR:
            new = old ^ argument
        case _:
            raise Errno(E.ENOSYS)
    write_word(task.mm, address, new)
    return old


def _compares(old: int, encoded: int) -> bool:
    argument = _sign_extend(encoded & 0xFFF)
    match encoded >> 24 & 15:
        case WakeComparison.FUTEX_OP_CMP_EQ:
            return old == argument
        case WakeComparison.FUTEX_OP_CMP_NE:
            return old != argument
        case WakeComparison.FUTEX_OP_CMP_LT:
            return old < argument
        case WakeComparison.FUTEX_OP_CMP_LE:
            return old <= argument
        case WakeComparison.FUTEX_OP_CMP_GT:
            return old > argument
        case WakeComparison.FUTEX_OP_CMP_GE:
            return old >= argument
    raise Errno(E.ENOSYS)

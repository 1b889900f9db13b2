"""Which core a thread goes to, and which thread a core takes from another.

All choices have one answer: ties go to the core with the smaller number, among threads to the one that is next.
"""

from __future__ import annotations

from collections.abc import Sequence

from guest.sched.policy import Policies
from guest.sched.runqueue import RunQueue
from guest.sched.thread import Thread


def allowed(thread: Thread, queue: RunQueue) -> bool:
    """Whether the thread's affinity has the core."""
    return bool(thread.task.sched.affinity >> queue.core.number & 1)


def choose(queues: Sequence[RunQueue], thread: Thread, last: RunQueue) -> RunQueue:
    """The core for a thread that becomes runnable.

    The one where it ran last if that is idle, else an idle one, else for a real-time thread the one that runs the
    least urgent thread, for another the one with the smallest load (its last one if no other has less).
    """
    if last.idle and allowed(thread, last):
        return last
    candidates = [queue for queue in queues if allowed(thread, queue)]
    if not candidates:  # an affinity mask holds at least one core: sched_setaffinity sees to that
        raise ValueError(f"task {thread.task.tid} may not run on any core")
    for queue in candidates:
        if queue.idle:
            return queue
    if thread.sched.real_time_priority:
        return min(candidates, key=lambda queue: (queue.highest_priority(), queue is not last, queue.core.number))
    return min(candidates, key=lambda queue: (queue.load, queue is not last, queue.core.number))


def to_pull(queues: Sequence[RunQueue], idle: RunQueue, policies: Policies) -> tuple[RunQueue, Thread] | None:
    """What an idle core takes: from the longest queue, the next thread that may run here and is not cache-hot."""
    waiting = [queue for queue in queues if queue.entries]
    for queue in sorted(waiting, key=lambda queue: (-len(queue), queue.core.number)):
        thread = _movable(queue, idle, policies)
        if thread is not None:
            return queue, thread
    return None


def to_push(queues: Sequence[RunQueue], source: RunQueue, policies: Policies) -> tuple[Thread, RunQueue] | None:
    """What a core with waiting threads gives to an idle one."""
    for target in queues:
        if target.idle and (thread := _movable(source, target, policies)) is not None:
            return thread, target
    return None


def to_even_out(queues: Sequence[RunQueue], source: RunQueue, policies: Policies) -> tuple[Thread, RunQueue] | None:
    """What a core gives to the one with the smallest load, if that brings the two closer together."""
    target = min(queues, key=lambda queue: (queue.load, queue.core.number))
    difference = source.load - target.load
    for thread in source.queued():
        light = not thread.sched.real_time_priority and thread.weight < difference
        if light and allowed(thread, target) and not _hot(thread, source, policies):
            return thread, target
    return None


def to_pull_real_time(queues: Sequence[RunQueue], target: RunQueue) -> tuple[RunQueue, Thread] | None:
    """The most urgent real-time thread that waits behind an equal or better one elsewhere, while this core would run
    a lesser one.
    """
    best: tuple[RunQueue, Thread] | None = None
    priority = target.highest_priority()
    for queue in queues:
        if queue is target or not queue.queued_real_time or queue.current is None:
            continue
        running = queue.current.sched.real_time_priority
        for thread in queue.queued()[: queue.queued_real_time]:
            wanted = thread.sched.real_time_priority
            if priority < wanted <= running and allowed(thread, target):
                best, priority = (queue, thread), wanted
                break
    return best


def _movable(source: RunQueue, target: RunQueue, policies: Policies) -> Thread | None:
    for thread in source.queued():
        if allowed(thread, target) and not _hot(thread, source, policies):
            return thread
    return None


def _hot(thread: Thread, source: RunQueue, policies: Policies) -> bool:
    """It ran so recently that its data may still be in the core's cache."""
    return source.core.clock - thread.ran_at < policies.migration_cost

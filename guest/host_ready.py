"""Whether descriptors of the host are ready, however large their numbers are (select() ends at 1,023)."""

from __future__ import annotations

import select
from collections.abc import Iterable

_READ = select.POLLIN | select.POLLHUP | select.POLLERR | select.POLLNVAL
_NS_PER_MS = 1_000_000


def readable(descriptors: Iterable[int], timeout_ns: int | None = 0) -> list[int]:
    """Those that a read would not wait for, in order of their numbers; waits so long at most (None:
    as long as it takes).
    """
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    milliseconds = None if timeout_ns is None else -(-timeout_ns // _NS_PER_MS)
    return sorted(descriptor for descriptor, events in poll.poll(milliseconds) if events & _READ)


def wait_writable(descriptor: int) -> None:
    """Wait until a write would not have to."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll()

"""Input from the host that has not arrived yet: what an otherwise idle machine waits for.

Only terminals and interactive pipes come here. When their bytes arrive depends on the host, so a run that uses them is
not reproducible; no other run ever waits here.
"""

from __future__ import annotations

from collections.abc import Callable

from guest.host_ready import readable


class HostInputs:
    """One per machine. False while nobody waits for input from the host."""

    def __init__(self) -> None:
        self.waiting: dict[int, list[Callable[[], None]]] = {}
        """Whom to tell, by host descriptor. Empty in every run that does not depend on the host."""

    def __bool__(self) -> bool:
        return bool(self.waiting)

    def watch(self, descriptor: int, notice: Callable[[], None]) -> None:
        """Call `notice` once, when the host descriptor has something to read (or its end)."""
        notices = self.waiting.setdefault(descriptor, [])
        if notice not in notices:
            notices.append(notice)

    def unwatch(self, descriptor: int) -> None:
        """Nobody waits for this descriptor any more."""
        self.waiting.pop(descriptor, None)

    def wait(self, timeout_ns: int | None = None) -> bool:
        """Wait for any input, at most `timeout_ns` of the host's time (None: as long as it takes; 0: only look).

        Whether any came; those who wait for it have been told. For the run loop: when no task can run and somebody
        waits here, wait up to the next timer before jumping to it, and now and then look with 0 so that a key typed
        while programs compute is seen.
        """
        if not self.waiting:
            return False
        ready = readable(self.waiting, timeout_ns)
        for descriptor in ready:
            for notice in self.waiting.pop(descriptor):
                notice()
        return bool(ready)

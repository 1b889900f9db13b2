"""What the driver and its device did, with guest times: for `/sys/kernel/debug/accel0/trace` and for timelines."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from guest.services import KernelServices

_NS = 1_000_000_000


_JOB = ("client", "ctx", "fence", "tiles")
VALUES = {
    "ioctl": ("client", "number", "pid"),
    "job_queued": _JOB,
    "job_begun": _JOB,
    "job_ended": _JOB,
    "tile_lent": ("client", "ctx", "pid", "tile"),
    "interrupt": ("done",),
    "reset": ("count",),
    "lost": (),
}
"""What is known of each kind of event; `tiles` is a mask."""


class Event(NamedTuple):
    """Something that happened."""

    time_ns: int
    name: str
    values: tuple[int, ...]

    def __str__(self) -> str:
        """As ftrace shows events: seconds, name, values."""
        seconds, rest = divmod(self.time_ns, _NS)
        shown = "".join(f" {name}={value}" for name, value in zip(VALUES[self.name], self.values, strict=True))
        return f"{seconds}.{rest:09}: {self.name}:{shown}"


class Trace:
    """The last events, as many as there is room for."""

    def __init__(self, kernel: KernelServices, room: int) -> None:
        """`room`: events that are kept; 0 to keep none."""
        self._now_ns = kernel.clock.now_ns
        self._room = room
        # Plain tuples: several are made for each job.
        self._events: deque[tuple[int, str, tuple[int, ...]]] = deque(maxlen=room)

    def note(self, name: str, *values: int) -> None:
        """Something happens now."""
        if self._room:
            self._events.append((self._now_ns(), name, values))

    def note_at(self, time_ns: int, name: str, *values: int) -> None:
        """The same for another time."""
        if self._room:
            self._events.append((time_ns, name, values))

    @property
    def events(self) -> list[Event]:
        """The oldest first."""
        return [Event(*event) for event in self._events]

    def text(self) -> bytes:
        """One line per event."""
        return "".join(f"{event}\n" for event in self.events).encode()

"""What the driver and its device did, with guest times: for `/sys/kernel/debug/accel0/trace` and for timelines."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from guest.services import KernelServices

_NS = 1_000_000_000


class Event(NamedTuple):
    """Something that happened."""

    time_ns: int
    name: str
    values: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        """As ftrace shows events: seconds, name, values."""
        seconds, rest = divmod(self.time_ns, _NS)
        shown = " ".join(f"{name}={value}" for name, value in self.values)
        return f"{seconds}.{rest:09}: {self.name}: {shown}"


class Trace:
    """The last events, as many as there is room for."""

    def __init__(self, kernel: KernelServices, room: int) -> None:
        """`room`: events that are kept; 0 to keep none."""
        self._kernel = kernel
        self._room = room
        self.events: deque[Event] = deque(maxlen=room)

    def note(self, name: str, time_ns: int | None = None, **values: int) -> None:
        """Something happens now, or happened at `time_ns`."""
        if self._room:
            now_ns = self._kernel.clock.now_ns() if time_ns is None else time_ns
            self.events.append(Event(now_ns, name, tuple(values.items())))

    def text(self) -> bytes:
        """One line per event, the oldest first."""
        return "".join(f"{event}\n" for event in self.events).encode()

"""Performance monitoring units of devices: what perf_event_open counts, and what `perf list` finds in sysfs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from guest.kernfs import Attribute

if TYPE_CHECKING:
    from guest.device.registry import Devices

Reader = Callable[[int], Callable[[], int]]
"""For a configuration of an event, what reads its counter; raises Errno (EINVAL) for one that does not exist."""

_FIRST_TYPE = 8
"""Lower ones are Linux's own (PERF_TYPE_HARDWARE and so on, and what usually registers first)."""


@dataclass(frozen=True)
class Pmu:
    """Of one device: it counts for the whole machine, never for a task."""

    name: str
    kind: int
    """`type` in struct perf_event_attr."""
    reader: Reader


class Pmus:
    """All of a machine."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._pmus: dict[int, Pmu] = {}
        self._events = 0

    def add(self, name: str, reader: Reader, formats: Mapping[str, str], events: Mapping[str, str]) -> Pmu:
        """Register one. `formats`: bits of `config` by field; `events`: fields and values by name, and files such as
        `energy.unit`.
        """
        pmu = Pmu(name, _FIRST_TYPE + len(self._pmus), reader)
        self._pmus[pmu.kind] = pmu
        root = self._devices.sysfs.descend(f"bus/event_source/devices/{name}".encode())
        for path, content in (
            ("type", str(pmu.kind)),
            ("cpumask", "0"),
            *((f"format/{field}", bits) for field, bits in formats.items()),
            *((f"events/{event}", values) for event, values in events.items()),
        ):
            *above, last = path.encode().split(b"/")
            directory = root
            for part in above:
                directory = directory.directory(part)
            text = f"{content}\n".encode()
            directory.children[last] = Attribute(directory.filesystem, partial(bytes, text))
        return pmu

    def new_event(self) -> int:
        """The number of a further event that is counted."""
        self._events += 1
        return self._events

    def find(self, kind: int) -> Pmu | None:
        """The one that a type of event belongs to."""
        return self._pmus.get(kind)

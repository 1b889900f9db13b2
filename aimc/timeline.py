"""What the driver of the tiles and its device did, as a picture in time: the `--timeline` document.

Its format is the Trace Event Format of Chrome, which https://ui.perfetto.dev and chrome://tracing show: a row for each
tile with the jobs that it does, one for each client with its ioctls and the time that its jobs wait, and one for
interrupts. Times are guest time, in microseconds with three decimals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from driver import uapi
from driver.trace import VALUES, Event

EVENTS = 1 << 18
"""Events that are kept for a timeline, the last ones: some 50 MB of host memory, and 200 MB while they are written."""
_TILES, _DRIVER = 1, 2
_INTERRUPTS = 0
"""Numbers of the groups of rows, and of a row of the driver; its others are clients."""
_COMMANDS = {uapi.BASE + number: name for number, name in enumerate(uapi.NAMES)}
_JOB = VALUES["job_queued"]

Entry = dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """Events in the order in which they were noted."""

    events: tuple[Event, ...]
    is_cut: bool
    """Whether there may have been others before."""

    def to_json(self) -> str:
        """The document: one entry a line, with a final newline."""
        entries = ",\n".join(json.dumps(entry) for entry in _entries(self.events))
        return f'{{"displayTimeUnit": "ns", "traceEvents": [\n{entries}\n]}}\n'


def _entries(events: Iterable[Event]) -> list[Entry]:
    in_order = sorted(events, key=lambda event: event.time_ns)
    shown = [entry for part in (_jobs(in_order), _moments(in_order)) for entry in part]
    rows = sorted({(entry["pid"], entry["tid"]) for entry in shown})
    names = [
        _name("process_name", pid, 0, "tiles" if pid == _TILES else "driver") for pid in sorted({p for p, _ in rows})
    ]
    names += [_name("thread_name", pid, tid, _row(pid, tid)) for pid, tid in rows]
    return names + sorted(shown, key=lambda entry: entry["ts"])


def _row(group: int, number: int) -> str:
    if group == _TILES:
        return f"tile {number}"
    return "interrupts" if number == _INTERRUPTS else f"client {number}"


def _jobs(events: Iterable[Event]) -> Iterator[Entry]:
    """Jobs on the rows of their tiles, and how long they wait before, on that of their client."""
    queued: dict[tuple[int, ...], int] = {}
    begun: dict[tuple[int, ...], int] = {}
    for event in events:
        job = event.values
        match event.name:
            case "job_queued":
                queued[job] = event.time_ns
            case "job_begun":
                begun[job] = event.time_ns
                if job in queued:
                    yield from _wait(job, queued.pop(job), event.time_ns)
            case "job_ended" if job in begun:
                yield from _work(job, begun.pop(job), event.time_ns)


def _wait(job: tuple[int, ...], begin_ns: int, end_ns: int) -> Iterator[Entry]:
    client, context, fence, _ = job
    common = {
        "name": f"waits: job {fence} of context {context}",
        "cat": "waiting",
        "id": f"{client}.{context}.{fence}",
        "pid": _DRIVER,
        "tid": client,
    }
    yield {"ph": "b", "ts": begin_ns / 1000, **common}
    yield {"ph": "e", "ts": end_ns / 1000, **common}


def _work(job: tuple[int, ...], begin_ns: int, end_ns: int) -> Iterator[Entry]:
    client, context, _, mask = job
    for tile in range(mask.bit_length()):
        if mask >> tile & 1:
            yield {
                "ph": "X",
                "name": f"client {client}, context {context}",
                "cat": "job",
                "ts": begin_ns / 1000,
                "dur": (end_ns - begin_ns) / 1000,
                "pid": _TILES,
                "tid": tile,
                "args": dict(zip(_JOB, job, strict=True)),
            }


def _moments(events: Iterable[Event]) -> Iterator[Entry]:
    """What takes no time here."""
    for event in events:
        values = dict(zip(VALUES[event.name], event.values, strict=True))
        name, place = event.name, (_DRIVER, _INTERRUPTS)
        match event.name:
            case "job_queued" | "job_begun" | "job_ended":
                continue
            case "ioctl":
                name, place = _COMMANDS[values["number"]], (_DRIVER, values["client"])
            case "tile_lent":
                name, place = f"instructions of process {values['pid']}", (_TILES, values["tile"])
        group, row = place
        yield {"ph": "i", "s": "t", "name": name, "ts": event.time_ns / 1000, "pid": group, "tid": row, "args": values}


def _name(kind: str, group: int, row: int, name: str) -> Entry:
    return {"ph": "M", "name": kind, "pid": group, "tid": row, "ts": 0, "args": {"name": name}}

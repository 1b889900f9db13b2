"""`--timeline`: what the driver did, as entries that trace viewers take."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from aimc import Machine
from aimc.cli import main
from aimc.errors import UsageError
from aimc.timeline import Timeline
from driver.trace import Event

JOBS = 5
QUEUED, BEGUN, ENDED = (Event(time, name, (1, 2, 3, 0b101)) for time, name in (
    (1000, "job_queued"), (2500, "job_begun"), (4001, "job_ended"),
))  # fmt: skip


def entries(document: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in json.loads(document)["traceEvents"] if entry["ph"] == kind]


def test_a_job_is_shown_on_each_of_its_tiles() -> None:
    document = Timeline((QUEUED, BEGUN, ENDED), is_cut=False).to_json()
    assert [(one["tid"], one["ts"], one["dur"]) for one in entries(document, "X")] == [(0, 2.5, 1.501), (2, 2.5, 1.501)]
    assert entries(document, "X")[0]["args"] == {"client": 1, "ctx": 2, "fence": 3, "tiles": 5}


def test_a_job_waits_on_the_row_of_its_client() -> None:
    document = Timeline((QUEUED, BEGUN, ENDED), is_cut=False).to_json()
    begin, end = entries(document, "b") + entries(document, "e")
    assert (begin["ts"], end["ts"]) == (1, 2.5)
    assert (begin["pid"], begin["tid"], begin["id"]) == (end["pid"], end["tid"], end["id"])


def test_events_that_are_noted_ahead_of_time_stand_where_they_belong() -> None:
    """A job's begin is noted when it is known, which is before that of an ioctl that comes first."""
    document = Timeline((QUEUED, BEGUN, Event(2000, "ioctl", (1, 0x4B, 7)), ENDED), is_cut=False).to_json()
    times = [entry["ts"] for entry in json.loads(document)["traceEvents"]]
    assert times == sorted(times)
    assert [one["name"] for one in entries(document, "i")] == ["WAIT"]


def test_rows_have_names() -> None:
    events = (BEGUN, ENDED, Event(1, "ioctl", (1, 0x40, 7)), Event(2, "interrupt", (1,)))
    document = Timeline(events, is_cut=False).to_json()
    names = {entry["args"]["name"] for entry in entries(document, "M")}
    assert names == {"tiles", "driver", "tile 0", "tile 2", "client 1", "interrupts"}


def test_a_job_without_its_begin_or_end_is_left_out() -> None:
    """At the begin of what is kept, and where a reset ended it."""
    assert entries(Timeline((ENDED,), is_cut=True).to_json(), "X") == []
    assert entries(Timeline((QUEUED, BEGUN), is_cut=False).to_json(), "X") == []


@pytest.mark.parametrize("mode", ["interrupt", "poll"])
def test_all_that_a_program_does_is_there(mode: str) -> None:
    machine = Machine(overrides={"fidelity": "functional", "driver.trace_events": 1})
    result = machine.run("bench-driver", [mode, "16", "4", str(JOBS)], capture=True, timeline=True)
    assert result.timeline is not None and not result.timeline.is_cut
    document = result.timeline.to_json()
    jobs = entries(document, "X")
    assert len(jobs) == 1 + 1 + JOBS  # programming, one before, and those that are measured
    assert all(one["dur"] > 0 for one in jobs)
    assert all(first["ts"] + first["dur"] <= second["ts"] for first, second in itertools.pairwise(jobs))
    moments = [entry["name"] for entry in entries(document, "i")]
    assert moments.count("SUBMIT") == 1 + JOBS
    assert moments.count("WAIT") == 2 + JOBS
    assert ("interrupt" in moments) == (mode == "interrupt")
    ioctls = result.syscalls["ioctl"]
    # But that by which the C library asks whether its output is a terminal.
    assert sum(name != "interrupt" for name in moments) == ioctls.count - ioctls.errors


def test_the_command_writes_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "timeline.json"
    assert main(["run", "--quiet", "--timeline", str(file), "bench-driver", "tight", "16", "4"]) == 0
    assert "tile 0" in file.read_text()
    assert capfd.readouterr().err == ""


def test_without_a_driver_there_is_none(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="with compat=alpine there is none"):
        Machine(overrides={"compat": "alpine"}).run("hello", timeline=True)
    assert main(["run", "--timeline", str(tmp_path), "hello"]) == 125
    assert capfd.readouterr().err.startswith("aimc: --timeline cannot write to ")

"""The table after a run, and the comparison of runs."""

from __future__ import annotations

import dataclasses
import io

import pytest

from aimc import report
from aimc.profile import FunctionCost, Profile, ProfileTotals
from aimc.result import (
    BranchCounters,
    CacheCounters,
    CycleCauses,
    DramCounters,
    EndReason,
    Misuse,
    Result,
    TileCounters,
)


def profile_of(names: list[str], cycles: float) -> Profile:
    functions = tuple(
        FunctionCost(
            program=f"/bin/{name}", file="/lib/libm.so", function=name, offset=0, source=None, line=None, cycles=cycles,
            share=1 / len(names), instructions=10, executions=7, lines=(),
        )
        for name in names
    )  # fmt: skip
    busy = cycles * len(names)
    totals = ProfileTotals(cycles=2 * busy, idle_cycles=busy, kernel_cycles=0, instructions=0)
    return Profile("p", (), 0, "high-power", {}, "functional", totals, functions, ("no lines",))


def test_a_profile_names_ten_functions_and_sums_the_others_up() -> None:
    stream = io.StringIO()
    report.report_profile(profile_of([f"f{number}" for number in range(16)], 1234.5), stream)
    rows = [line.split() for line in stream.getvalue().splitlines()[1:]]
    assert rows[0] == ["function", "cycles", "executions"]
    assert rows[1] == ["f0", "1,234", "6.2", "%", "7", "libm.so", "in", "f0"]
    assert [row[0] for row in rows[1:11]] == [f"f{number}" for number in range(10)]
    assert rows[11] == ["6", "more", "7,407", "37.5", "%"]
    assert rows[12] == ["warning", "no", "lines"]


def test_a_profile_says_what_most_of_a_functions_cycles_were_spent_on() -> None:
    profile = profile_of(["f", "g"], 1000)
    first, second = profile.functions
    spent = dataclasses.replace(first, causes={"base": 200.0, "dram": 600.0, "dependency": 200.0})
    stream = io.StringIO()
    report.report_profile(dataclasses.replace(profile, functions=(spent, second)), stream)
    rows = [line.split() for line in stream.getvalue().splitlines()[1:]]
    assert rows[0] == ["function", "cycles", "executions", "mostly", "spent", "on"]
    assert rows[1][5:8] == ["DRAM", "60.0", "%"]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(result: Result) -> str:
    stream = io.StringIO()
    report.report(result, stream)
    return stream.getvalue()


def lines(text: str) -> dict[str, str]:
    """The rows of a report by their titles."""
    return {line.strip().split("  ")[0]: line for line in text.splitlines() if line.strip()}


def test_shows_what_the_run_took(result: Result) -> None:
    rows = lines(shown(result))
    assert "1,234,567" in rows["instructions"]
    assert "2,000,000" in rows["cycles"]
    assert "IPC 0.62" in rows["cycles"]
    assert "5.31 ms" in rows["guest time"]
    assert "3.00 mJ" in rows["energy"]
    assert "33.3 %" in rows["cores, active"]
    assert "50.0 %" in rows["tile, MVM"]
    assert "< 0.1 %" in rows["tile, input/output"]
    assert "L2 cache, L2 leakage, DRAM, DRAM standby" in rows["not modelled"]
    assert "cores, idle" not in rows, "what took no energy needs no row"
    assert "1,025 MVMs" in rows["AIMC"]
    assert "queue past end: 5" in rows["AIMC misuse"]
    assert "write 10" in rows["system calls"]
    assert "1.0 % of all, 1 page fault" in rows["kernel cycles"]
    assert "io_uring_setup is not implemented" in rows["warning"]
    assert "80.0 M instructions/s" in rows["host"]
    assert "digits-mlp-aimc on high-power with core.count=2, functional: exit status 0" in shown(result)


def test_leaves_out_what_did_not_happen(result: Result) -> None:
    calm = dataclasses.replace(result, tiles=(TileCounters(),), warnings=(), overrides={})
    rows = lines(shown(calm))
    assert "AIMC" not in rows
    assert "AIMC misuse" not in rows
    assert "warning" not in rows


def timed(result: Result) -> Result:
    """The run with what the timing model counts."""
    first, second = result.cores
    causes = CycleCauses(
        base=900_000,
        dependency=0,
        unit=1,
        fetch=0,
        branch=9_999,
        l1d=0,
        l2=0,
        dram=700_000,
        tlb=0,
        aimc=370_000,
        kernel=20_000,
        idle=0,
    )
    nothing = CycleCauses(*[0] * 11, idle=2_000_000)
    none, branch = CacheCounters(0, 0, 0), BranchCounters(branches=150_000, mispredicted=3_000)
    l1d = CacheCounters(accesses=400_000, misses=8_000, writebacks=100)
    busy = dataclasses.replace(first, l1i=none, l1d=l1d, branch=branch, cycle_causes=causes)
    idle = dataclasses.replace(second, l1i=none, l1d=none, branch=BranchCounters(0, 0), cycle_causes=nothing)
    l2, dram = CacheCounters(accesses=8_100, misses=900, writebacks=0), DramCounters(reads=900, writes=0)
    return dataclasses.replace(result, fidelity="timing", cores=(busy, idle), l2=l2, dram=dram)


def test_says_where_the_cycles_went_where_that_is_modelled(result: Result) -> None:
    rows = lines(shown(timed(result)))
    spent = " ".join(shown(timed(result)).split())
    assert "spent on idle 50.0 %, instructions 22.5 %, DRAM 17.5 %, AIMC 9.2 %, other 0.8 %" in spent
    assert "L1I – of 0, L1D 2.0 % of 400,000, L2 11.1 % of 8,100" in rows["cache misses"]
    assert "150,000" in rows["branches"]
    assert "2.0 % mispredicted" in rows["branches"]
    for title in ("spent on", "cache misses", "branches"):
        assert title not in lines(shown(result)), "nothing of this at functional fidelity"


def test_an_empty_run_is_no_division_by_zero(result: Result) -> None:
    nothing = dataclasses.replace(result.totals, instructions=0, cycles=0, guest_seconds=0.0, energy_joules=0.0)
    assert "instructions" in shown(dataclasses.replace(result, totals=nothing))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exit_status": 3}, "exit status 3"),
        ({"exit_status": 139, "signal": 11, "reason": EndReason.KILLED}, "killed by SIGSEGV"),
        ({"exit_status": 255, "signal": 127, "reason": EndReason.KILLED}, "killed by signal 127"),
        ({"exit_status": 124, "reason": EndReason.MAX_INSTRUCTIONS}, "stopped: the limit on instructions was reached"),
        ({"exit_status": 124, "reason": EndReason.MAX_SECONDS}, "stopped: the limit on guest time was reached"),
    ],
)
def test_says_how_the_run_ended(result: Result, changes: dict[str, object], words: str) -> None:
    assert words in shown(dataclasses.replace(result, **changes))  # type: ignore[arg-type]


def test_is_plain_when_it_is_not_a_terminal(result: Result) -> None:
    assert "\x1b" not in shown(result)


def test_has_colours_on_a_terminal_unless_no_color_is_set(result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = Terminal()
    report.report(result, coloured)
    assert "\x1b[1;31mAIMC misuse" in coloured.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    report.report(result, plain)
    assert "31m" not in plain.getvalue()


def test_bars_are_ascii_where_the_stream_is() -> None:
    raw = io.BytesIO()
    assert report._blocks(report.console(io.TextIOWrapper(raw, encoding="ascii"))) == "#"


def test_names_are_never_taken_for_markup(result: Result) -> None:
    assert "[bold]x[/bold]" in shown(dataclasses.replace(result, program="[bold]x[/bold]"))


def test_compare_shows_gains(result: Result) -> None:
    digital = dataclasses.replace(
        result,
        totals=dataclasses.replace(result.totals, cycles=20_000_000, guest_seconds=0.0531, energy_joules=9e-3),
        tiles=(TileCounters(),),
    )
    stream = io.StringIO()
    report.compare([digital, result], stream, labels=("digital", "analog tile"), accuracies=(0.9617, None))
    rows = lines(stream.getvalue())
    assert "96.17 %" in rows["accuracy"]
    assert rows["guest time (speed-up)"].split() == ["guest", "time", "(speed-up)", "53.1", "ms", "5.31", "ms", "10×"]
    assert rows["energy (energy gain)"].rstrip().endswith("3×")
    assert rows["MVMs"].split() == ["MVMs", "0", "1,025"]
    assert "DRAM standby: not modelled." in stream.getvalue()


def test_compare_takes_any_number_of_runs(result: Result) -> None:
    for number in (1, 3):
        stream = io.StringIO()
        report.compare([result] * number, stream)
        assert "gain" not in stream.getvalue().splitlines()[0]


def test_tiles_are_added_up(result: Result) -> None:
    total = report.total_of_tiles(result)
    assert total.mvms == 1025
    assert total.misuse == Misuse(queue_past_end=5)

"""`aimc validate timing`: the reference folder, the comparison, its limits, and what is written."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import re
import shutil
from pathlib import Path

import pytest

from aimc.cli import main
from aimc.preset import names
from aimc.validate import binaries, document, plot, table
from aimc.validate.reference import (
    CHECKSUMS,
    DEFAULT_FOLDER,
    MICRO,
    MULTICORE,
    PROGRAMS,
    Counts,
    Measurement,
    Reference,
    Suite,
    load,
)
from aimc.validate.timing import Comparison, Summary

HEADER = "program,system,instructions,cycles,l1d_misses,l2_misses,branch_mispredicts\n"

needs_compiler = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None,
    reason="the reference programs are built by ziglang, which is not installed",
)


def comparison(ours: int, theirs: int, program: str = "one") -> Comparison:
    counts = [Counts(1000, cycles, 3, 2, None) for cycles in (theirs, ours)]
    return Comparison(Measurement(program, "low-power", counts[0]), counts[1])


def folder_of(tmp_path: Path, table: str) -> Path:
    """A reference folder with the sources of the real one."""
    folder = tmp_path / "reference"
    shutil.copytree(DEFAULT_FOLDER, folder)
    (folder / PROGRAMS.table).write_text(table)
    return folder


def doctored(tmp_path: Path, program: str, factor: float) -> Path:
    """The reference with other cycles for one program."""
    with (DEFAULT_FOLDER / PROGRAMS.table).open(newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index("cycles")
    for row in rows[1:]:
        if row[0] == program:
            row[place] = str(round(int(row[place]) * factor))
    return folder_of(tmp_path, "".join(",".join(row) + "\n" for row in rows))


def of(suite: Suite, *, whole: bool = True) -> Reference:
    return Reference(DEFAULT_FOLDER, suite, (), whole=whole)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("suite", "count"), [(PROGRAMS, 15), (MICRO, 106), (MULTICORE, 5)])
def test_the_reference_is_complete(suite: Suite, count: int) -> None:
    reference = load(DEFAULT_FOLDER, suite)
    programs = {entry.program for entry in reference.measurements}
    assert (len(programs), reference.whole) == (count, True)
    assert len(reference.measurements) == 2 * len(programs)
    assert {entry.system for entry in reference.measurements} <= set(names())
    listed = re.findall(r"^[0-9a-f]{64}  (.+)$", (DEFAULT_FOLDER / CHECKSUMS).read_text(), re.MULTILINE)
    assert {f"{suite.binaries}/{name}" for name in programs} <= set(listed)
    if suite.is_folder:
        assert programs == {path.stem for path in (DEFAULT_FOLDER / suite.sources).glob("*.c")}


def test_the_limits_are_those_of_the_documentation() -> None:
    text = (DEFAULT_FOLDER.parents[1] / "docs" / "accuracy.md").read_text(encoding="utf-8")
    for suite in (PROGRAMS, MULTICORE):
        assert suite.mean_limit is not None and suite.worst_limit is not None
        assert f"mean ≤ {100 * suite.mean_limit:.0f} %, worst ≤ {100 * suite.worst_limit:.0f} %" in text


def test_errors_are_absolute_and_judged() -> None:
    summary = Summary.of([comparison(110, 100), comparison(80, 100, "two"), comparison(100, 100)])
    assert (summary.mean, summary.worst, summary.worst_of) == (
        pytest.approx(0.1),
        pytest.approx(0.2),
        "two on low-power",
    )
    assert summary.beyond(of(PROGRAMS)) == [
        "the mean error 10.0 % is beyond 6 %",
        "the error 20.0 % of two on low-power is beyond 15 %",
    ]
    assert len(summary.beyond(of(PROGRAMS, whole=False))) == 1, "the mean of some programs is no mean of all"
    assert summary.beyond(of(MICRO)) == [], "they have no limits"
    wider = Summary.of([comparison(118, 100), comparison(101, 100)])
    assert (len(wider.beyond(of(PROGRAMS))), wider.beyond(of(MULTICORE))) == (2, [])
    assert Summary.of([comparison(105, 100)]).beyond(of(PROGRAMS)) == []


@pytest.mark.parametrize("columns", [80, 200])
def test_no_number_is_cut_on_a_narrow_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    stream = Terminal()
    table.show([comparison(75_318_985, 71_415_317, "lstm_cell")], stream)
    text = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert "…" not in text
    assert text.count("lstm_cell") == (3 if columns == 80 else 2), "in one row or two, and in the summary"
    for shown in ("71,415,317", "75,318,985", "+5.5 %", "mispred.", "–"):
        assert shown in text


def test_csv_has_both_sides() -> None:
    header, line = document.to_csv([comparison(90, 100)]).splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["cycles"], row["cycles_gem5"], row["cycles_error"]) == ("90", "100", "-0.1000")
    assert (row["mispredictions"], row["mispredictions_gem5"]) == ("", "")


@pytest.mark.parametrize("limit", [0.15, None])
def test_plot(tmp_path: Path, limit: float | None) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    file = tmp_path / "plot.png"
    plot.save([comparison(90, 100), comparison(500, 100, "two")], file, limit)
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (None, "is no folder of reference measurements: it has no gem5-minor.csv"),
        ("", "has no measurements"),
        ("program,system\ndivide,low-power\n", "is no measurement: 'instructions'"),
        (HEADER + "divide,low-power,x,2,3,4,5\n", "line 2 of"),
        (HEADER + "divide,low-power,1,0,3,4,5\n", "cycles and instructions must be positive"),
        (HEADER + "divide,low-power,1\n", "is no measurement"),
        (HEADER + "divide,middle-power,1,2,3,4,5\n", "names no preset: 'middle-power'"),
    ],
)
def test_a_bad_folder_is_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], table: str | None, complaint: str
) -> None:
    (tmp_path / "bin").mkdir()
    if table is not None:
        (tmp_path / "gem5-minor.csv").write_text(table)
    assert main(["validate", "timing", "--reference", str(tmp_path)]) == 125
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("aimc: ")
    assert complaint in err


def test_other_bad_usage(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "timing", "--reference", str(tmp_path / "none")]) == 125
    assert "there is no folder" in capfd.readouterr().err
    assert main(["validate", "timing", "--only", "divde"]) == 125
    assert "measures no program 'divde'; did you mean divide?" in capfd.readouterr().err
    (tmp_path / "gem5-minor.csv").write_text(HEADER + "divide,low-power,1,2,3,4,5\n")
    assert main(["validate", "timing", "--reference", str(tmp_path)]) == 125
    assert "has neither bin/ nor src to build it from" in capfd.readouterr().err
    assert main(["validate", "timing", "--output", str(tmp_path / "gem5-minor.csv" / "x"), "divide"]) == 125
    assert "--output cannot make the folder" in capfd.readouterr().err


@needs_compiler
def test_a_program_without_source_cannot_be_built(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path, HEADER + "nothing,low-power,1,2,3,4,5\n")
    assert main(["validate", "timing", "--reference", str(folder)]) == 125
    assert "the reference program nothing is missing, and so is its source" in capfd.readouterr().err
    (folder / "src" / "nothing.c").write_text("int main(void) { return nonsense; }\n")
    assert main(["validate", "timing", "--reference", str(folder)]) == 125
    assert re.search(r"cannot build the reference program nothing: .*error: .*nonsense", capfd.readouterr().err)


def test_given_binaries_are_checked(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, HEADER + "".join(f"{name},low-power,1,2,3,4,5\n" for name in ("right", "wrong", "new"))
    )
    (folder / "bin").mkdir()
    for name in ("right", "wrong", "new"):
        (folder / "bin" / name).write_bytes(name.encode())
    digest = hashlib.sha256(b"right").hexdigest()
    (folder / CHECKSUMS).write_text(f"{digest}  bin/right\n{digest}  bin/wrong\n")
    found = binaries.Binaries(load(folder, PROGRAMS))
    assert [found.find(name).name for name in ("right", "wrong", "new")] == ["right", "wrong", "new"]
    wrong, new = found.warnings
    assert "wrong' is not the binary that was measured: its SHA-256 differs" in wrong
    assert new == "SHA256SUMS does not say which binary of new was measured"


@needs_compiler
def test_two_programs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The binaries are built here; that no warning is printed says that they are those that were measured."""
    assert main(["validate", "timing", "--only", "aimc_mlp", "divide", "--output", str(tmp_path)]) == 0
    out, err = capfd.readouterr()
    assert err == "" if plot.available() else "is left out: matplotlib is not installed" in err
    rows = [line.split()[:2] for line in out.splitlines() if "power " in line]
    assert rows == [[name, system] for name in ("aimc_mlp", "divide") for system in ("high-power", "low-power")]
    assert "cycles: mean absolute error" in out
    with (tmp_path / "validate-timing.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert len(written) == 4
    for row in written:
        assert abs(float(row["cycles_error"])) < 0.02
        assert int(row["instructions"]) == pytest.approx(int(row["instructions_gem5"]), rel=0.001)
    assert (tmp_path / "validate-timing.png").is_file() == plot.available()


@needs_compiler
def test_errors_beyond_the_limits_are_exit_status_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = doctored(tmp_path, "divide", 0.8)
    assert main(["validate", "timing", "--reference", str(folder), "divide"]) == 1
    out, err = capfd.readouterr()
    assert "+24." in out or "+25." in out
    assert re.fullmatch(r"aimc: the error 2\d\.\d % of divide on \w+-power is beyond 15 %\n", err)


@needs_compiler
def test_micro_kernels_have_no_limits(capfd: pytest.CaptureFixture[str]) -> None:
    """A tile does one MVM at a time, in contrast to the reference."""
    assert main(["validate", "timing", "--micro", "cm_process2", "alu_dep64"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "worst 6" in out and "(cm_process2 on high-power)" in out


def test_without_matplotlib_the_plot_is_left_out(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from aimc.cli import validate

    monkeypatch.setattr(plot, "available", lambda: False)
    validate._write([comparison(90, 100)], tmp_path / "x", 0.15)
    assert capfd.readouterr().err.endswith(
        "is left out: matplotlib is not installed (pip install 'aimc-emulator[plots]')\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]

"""Benchmarks: their arithmetic, their loops, and the command as a whole. No test looks at a speed."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest

from aimc.bench import blocks, child, probe, table
from aimc.bench.against_qemu import START_UP
from aimc.bench.benchmark import Setting
from aimc.bench.catalogue import BENCHMARKS, choose
from aimc.bench.document import to_json
from aimc.bench.fidelities import FUNCTIONAL, PROGRAMS, THEIRS, TIMING, Fidelities
from aimc.bench.rows import Clock, Row, at_least, at_most, missing, quotients
from aimc.bench.start_up import StartUp
from aimc.bench.worker import Worker
from aimc.cli import main
from aimc.errors import AimcError, UsageError
from images.catalogue import lookup

SECTION = (
    StartUp,
    [
        Row("good", "s", (1.0, 3.0, 2.0), Clock.WALL, at_most(2)),
        Row("bad", "×", (0.25,), Clock.CPU, at_least(0.5)),
        missing("other", "×", "it is not installed", at_least(0.5)),
    ],
)


def test_a_row_is_judged_by_its_median() -> None:
    good, bad, other = SECTION[1]
    assert (good.median, good.met) == (2.0, True)
    assert (bad.median, bad.met) == (0.25, False)
    assert (other.median, other.met) == (None, None)


def test_quotients_leave_out_what_noise_made_senseless() -> None:
    assert quotients([6.0, 1.0, 2.0], [2.0, 0.0, -1.0]) == (3.0,)


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (99.96, "100.0"), (12.34, "12.3"), (0.123, "0.12"), (-0.5, "-0.50")]
)
def test_numbers(value: float, text: str) -> None:
    assert table.number(value) == text


def test_the_table_says_it_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    table.show({"processor": "one"}, 3, [SECTION], sys.stdout)
    good, bad, other = capsys.readouterr().out.splitlines()[-3:]
    assert good.split() == ["good", "2.00", "1.00", "–", "3.00", "s", "wall", "≤", "2", "met"]
    assert bad.rstrip().endswith("≥ 0.5   not met")
    assert other.rstrip().endswith("it is not installed")


def test_the_document_has_every_sample() -> None:
    document = json.loads(to_json({"processor": "one"}, 3, False, [SECTION]))
    assert document["schema"] == 1
    first, _, last = document["rows"]
    assert first["samples"] == [1.0, 3.0, 2.0]
    assert (first["minimum"], first["median"], first["maximum"], first["met"]) == (1.0, 2.0, 3.0, True)
    assert (last["median"], last["minimum"], last["met"], last["note"]) == (None, None, None, "it is not installed")


def test_benchmarks_have_names_of_their_own_and_images_that_exist() -> None:
    assert len({benchmark.name for benchmark in BENCHMARKS}) == len(BENCHMARKS)
    for benchmark in BENCHMARKS:
        for image in benchmark.images:
            assert lookup(image).name == image


def test_choice() -> None:
    assert choose(()) == list(BENCHMARKS)
    assert [benchmark.name for benchmark in choose(("syscall", "qemu"))] == ["qemu", "syscall"]
    with pytest.raises(UsageError, match=r"no benchmark 'syscal'; did you mean syscall\?"):
        choose(("syscal",))
    with pytest.raises(UsageError, match="known are qemu, "):
        choose(("x",))


def test_ratios_of_fidelities_are_formed_net_of_start_up_within_a_repetition() -> None:
    """Functional 1 s, timing 20 s, qemu 0.25 s for 60 million instructions, beside start-ups of 0.5, 1 and 0.05 s."""
    with child.ordinary_environment() as environment, Worker(environment) as worker:
        benchmark = Fidelities(Setting(environment, worker, quick=False))
    benchmark._qemu = "qemu"
    benchmark._instructions = dict.fromkeys(PROGRAMS, 60_000_000)
    for program in (*PROGRAMS, START_UP):
        own = (1, 20, 0.25) if program != START_UP else (0, 0, 0)
        for what, seconds, start_up in zip((FUNCTIONAL, TIMING, THEIRS), own, (0.5, 1, 0.05), strict=True):
            benchmark._seconds[program, what] = [seconds + start_up] * 2
    rows = {row.title: row for row in benchmark.rows()}
    assert rows["sort: functional"].median == pytest.approx(60)
    assert rows["sort: timing"].median == pytest.approx(3)
    assert rows["sort: timing"].met is False
    assert rows["sort: qemu"].median == pytest.approx(240)
    assert rows["tree: timing / functional"].samples == pytest.approx((5, 5))
    assert rows["geometric mean: timing / qemu"].samples == pytest.approx((1.25, 1.25))
    assert len(rows) == 5 * len(PROGRAMS) + 2


def test_without_qemu_its_rows_say_why() -> None:
    with child.ordinary_environment() as environment, Worker(environment) as worker:
        benchmark = Fidelities(Setting(environment, worker, quick=True))
    benchmark._qemu = None
    benchmark._instructions = dict.fromkeys(PROGRAMS, 1)
    for program in (*PROGRAMS, START_UP):
        for what in (FUNCTIONAL, TIMING):
            benchmark._seconds[program, what] = [2.0 if program == START_UP else 3.0]
    theirs = [row for row in benchmark.rows() if "qemu" in row.title]
    assert len(theirs) == 2 * len(PROGRAMS) + 1
    assert all(row.samples == () and "not installed" in row.note for row in theirs)


def test_both_forms_of_the_block_loop_execute_the_same_number_of_instructions() -> None:
    turns = 10
    expected = turns * (2 * blocks.PAIRS + 2) + 1
    assert [blocks.measure(form, turns).instructions for form in blocks.FORMS] == [expected, expected]


def test_the_block_loop_jumps_back_to_its_start() -> None:
    words = struct.unpack(f"<{2 * blocks.PAIRS + 3}I", blocks.code("blocks"))
    offset = (words[-2] >> 5 & 0x7FFFF) - (1 << 19)
    assert len(words) - 2 + offset == 0


def test_a_child_is_measured() -> None:
    code = "import time; time.sleep(0.05); x = bytearray(50_000_000); print('done')"
    sample = child.run([sys.executable, "-c", code], {})
    assert sample.stdout == b"done\n"
    assert sample.wall_seconds >= 0.05
    assert sample.cpu_seconds > 0
    assert sample.peak_bytes > 50_000_000


def test_a_child_that_fails_is_an_error() -> None:
    with pytest.raises(AimcError, match=r"status 3: no luck$"):
        child.run([sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"], {})


def test_measured_processes_keep_byte_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with child.ordinary_environment() as environment:
        assert "PYTHONDONTWRITEBYTECODE" not in environment
        folder = Path(environment["PYTHONPYCACHEPREFIX"])
        assert folder.is_dir()
    assert not folder.exists()
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    with child.ordinary_environment() as environment:
        assert "PYTHONPYCACHEPREFIX" not in environment


def test_a_run_is_seen_from_both_sides() -> None:
    with child.ordinary_environment() as environment:
        probed = probe.run(("hello",), environment)
    assert probed.sample.stdout.startswith(b"hello from AArch64")
    assert probed.notes.loop_cpu_seconds > 0
    assert 0 < probed.start_up_seconds < probed.sample.wall_seconds
    assert probed.start_up_seconds + probed.notes.loop_wall_seconds < probed.sample.wall_seconds


def test_the_worker_runs_one_job_after_the_other() -> None:
    with child.ordinary_environment() as environment, Worker(environment) as worker:
        few, many = worker.run("bench-syscall", "10"), worker.run("bench-syscall", "1010")
        assert many.instructions - few.instructions >= 1000
        assert worker.run("blocks", "straight", "1").instructions > 0
        with pytest.raises(AimcError, match="bench-syscall x: status 2: usage"):
            worker.run("bench-syscall", "x")
        assert worker.run("bench-syscall", "10").instructions == few.instructions


def test_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    options = ["--repetitions", "1", "--quick", "--only", "block-entry", "--json", str(file)]
    assert main(["bench", *options]) == 0
    out, err = capfd.readouterr()
    assert "processor" in out and "entering a block" in out
    assert err == ""
    document = json.loads(file.read_text())
    assert (document["repetitions"], document["quick"]) == (1, True)
    assert [row["benchmark"] for row in document["rows"]] == ["block-entry"]


def test_bad_usage_is_told_before_anything_is_measured(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["bench", "--only", "syscal"]) == 125
    assert main(["bench", "--json", str(tmp_path / "none" / "x.json")]) == 125
    assert capfd.readouterr().err.count("aimc: ") == 2

"""`aimc experiment`: what is shown, and laws that hold for the figures at any size."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from aimc.cli import main
from aimc.cli.experiment import NAMES
from aimc.config import machine_config
from aimc.errors import AimcError, UsageError
from aimc.experiment import document, plot, table
from aimc.experiment.catalogue import EXPERIMENTS
from aimc.experiment.coupling import COUPLING
from aimc.experiment.experiment import Experiment, Point
from aimc.experiment.migration import MIGRATION
from aimc.experiment.runner import Runner
from aimc.experiment.sharing import CONTEXTS, SHARING, SHARING_BY_JOB
from aimc.experiment.sharing import SIZE as SHARED_SIZE
from aimc.experiment.waiting import WAITING, WAITING_BY_LENGTH
from aimc.validate.plot import available


def figures(experiment: Experiment, *sizes: int, **changes: float) -> list[dict[str, float]]:
    """Of each size, by name."""
    given = {key.replace("__", "."): value for key, value in changes.items()}
    runner = Runner(machine_config("high-power", {"core.count": experiment.cores, **given}))
    names = [column.name for column in experiment.columns]
    return [dict(zip(names, experiment.at(runner, size).values, strict=True)) for size in sizes]


# --- laws ---


def test_instructions_are_faster_than_jobs_of_one_product() -> None:
    small, large = figures(COUPLING, 16, 256)
    for one in (small, large):
        assert one["tight_ns"] < one["loose_poll_ns"] <= one["loose_interrupt_ns"]
        assert one["tight_ns"] < one["registers_ns"]
        assert one["loose_batch_ns"] < one["loose_poll_ns"]
    assert small["loose_poll_ratio"] > large["loose_poll_ratio"] > 1
    assert small["tight_ns"] < large["tight_ns"]


def test_registers_cost_their_bus_for_each_word() -> None:
    """Words in, the one that starts the multiplication, half the way of the first load meanwhile, and words out."""
    (one,) = figures(COUPLING, 64)
    read_ns, write_ns, mvm_ns, words = 100, 20, 100, 64 // 4
    assert one["registers_ns"] == pytest.approx(
        (words + 1) * write_ns + mvm_ns - read_ns / 2 + words * read_ns, rel=0.05
    )


def test_no_product_takes_less_than_the_tile() -> None:
    (one,) = figures(COUPLING, 4, tile__mvm_ns=1000)
    assert min(one[name] for name in ("tight_ns", "loose_poll_ns", "loose_interrupt_ns", "loose_batch_ns")) > 1000


def test_polling_is_never_later_than_an_interrupt() -> None:
    small, middle, large = figures(WAITING, 1, 8, 64)
    for one in (small, middle, large):
        assert one["poll_ns"] <= one["interrupt_ns"]
        assert one["poll_core_ns"] == pytest.approx(one["poll_ns"], rel=0.02)  # the core does nothing else
        assert one["interrupt_core_ns"] <= one["interrupt_ns"]
    assert small["core_saved"] < middle["core_saved"] < large["core_saved"]


def test_longer_vectors_take_longer() -> None:
    short, long = figures(WAITING_BY_LENGTH, 16, 512)
    assert short["poll_ns"] < long["poll_ns"] <= long["interrupt_ns"]
    assert short["core_saved"] < long["core_saved"]
    # The core has nothing to do with the vectors.
    assert short["interrupt_core_ns"] == pytest.approx(long["interrupt_core_ns"], rel=0.02)


def test_a_longer_quantum_gives_more_throughput_and_slower_jobs() -> None:
    rows = figures(SHARING, 1, 200, 2000)
    for name in ("rate_2_per_s", "rate_4_per_s"):
        rates = [one[name] for one in rows]
        assert rates == sorted(rates)
    assert rows[0]["lost_4"] > rows[-1]["lost_4"] > 0
    # A job waits for the quanta of all others.
    assert rows[-1]["longest_4_ns"] > (CONTEXTS - 1) * 2e6
    assert rows[-1]["longest_4_ns"] > rows[-1]["longest_2_ns"] > 2e6


def test_more_products_in_a_job_never_lower_the_throughput() -> None:
    rows = figures(SHARING_BY_JOB, 4, 32, 256)
    for name in ("rate_1_per_s", "rate_4_per_s"):
        rates = [one[name] for one in rows]
        assert rates == sorted(rates)
    shares = [one["lost_4"] for one in rows]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < share < 1 for share in shares)
    for one in rows:
        assert one["rate_4_per_s"] < one["rate_1_per_s"]


def test_a_change_of_hands_takes_as_long_as_reading_and_writing_all_weights() -> None:
    (one,) = figures(SHARING_BY_JOB, 256)
    per_job_ns = 256 * 1e9 / one["rate_4_per_s"]
    assert one["lost_4"] * per_job_ns == pytest.approx(2 * SHARED_SIZE * SHARED_SIZE, rel=0.05)


def test_each_move_costs_the_same() -> None:
    often, seldom = figures(MIGRATION, 4, 64)
    for one in (often, seldom):
        assert one["moving_ns"] > one["pinned_ns"]
        assert one["move_ns"] > 128 * 128  # writing all weights
    assert often["moving_ratio"] > seldom["moving_ratio"] > 1
    assert often["move_ns"] == pytest.approx(seldom["move_ns"], rel=0.05)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)
def test_repetitions_give_equal_figures(experiment: Experiment) -> None:
    first, second = figures(experiment, 4), figures(experiment, 4)
    assert first == second


def test_a_program_that_fails_is_an_error() -> None:
    with pytest.raises(AimcError, match="bench-driver tight 64 1 failed: PROGRAM: "):
        Runner(machine_config("high-power", {"tile.rows": 32})).run("tight", 64, 1)


# --- what is asked for ---


def test_the_command_knows_all_experiments() -> None:
    assert set(NAMES) == {experiment.name for experiment in EXPERIMENTS}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)
def test_usual_sizes_are_possible(experiment: Experiment) -> None:
    assert experiment.choose(()) == experiment.sizes == experiment.choose(experiment.sizes[::-1])


def test_impossible_sizes_are_told() -> None:
    with pytest.raises(UsageError, match=r"--at 18: layer size n is a number from 4 to 2000 in steps of 4"):
        COUPLING.choose((16, 18))
    with pytest.raises(UsageError, match=r"--at 0: products in a job is a number from 1 to 1024$"):
        SHARING_BY_JOB.choose((0,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "'nothing' is not one of 'waiting', 'waiting-length', 'coupling', 'sharing', "),
        (["migration", "--cores", "2"], "the experiment migration needs 4 cores, not 2"),
        (["waiting", "--at", "4", "--set", "compat=alpine"], "/dev/accel/accel0: "),
        (["waiting", "--at", "4", "--output", "/dev/null/x"], "--output cannot make the folder '/dev/null/x'"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", *arguments]) == 125
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("aimc: ") and message in err and err.count("\n") == 1


# --- what is shown ---


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)
def test_table_document_and_plot_hold_every_column(experiment: Experiment, tmp_path: Path) -> None:
    points = [Point(at, tuple(0.25 + at + place for place, _ in enumerate(experiment.columns))) for at in (4, 1024)]
    text = io.StringIO()
    table.show(experiment, points, text)
    lines = text.getvalue().splitlines()
    assert len(lines) == 5, "the heads of the columns fit"
    assert lines[0] == experiment.title and lines[-1].startswith("1,024".rjust(len(experiment.axis)))
    assert all(column.title in lines[2] for column in experiment.columns)
    rows = list(csv.DictReader(io.StringIO(document.to_csv(experiment, points))))
    assert [row[experiment.columns[0].name] for row in rows] == ["4.25", "1024.25"]
    if available():
        plot.save(experiment, points, tmp_path / "x.png")
        assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_writes_what_it_shows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "coupling", "--at", "32", "--at", "16", "--output", str(tmp_path)]) == 0
    out, err = capfd.readouterr()
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["16", "32"]
    with (tmp_path / "experiment-coupling.csv").open(newline="") as file:
        assert [row["layer_size_n"] for row in csv.DictReader(file)] == ["16", "32"]
    assert (tmp_path / "experiment-coupling.png").is_file() == available()
    assert err == "" or not available()

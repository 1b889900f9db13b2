"""A folder of reference measurements: what gem5 counted for each program on each system."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from aimc.errors import UsageError, did_you_mean

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "reference"
"""The measurements that come with the sources."""

CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Suite:
    """Which measurements: where they are, in the reference folder."""

    table: str
    """The file of measurements."""
    binaries: str
    """The folder of binaries."""
    sources: str
    """What binaries are built from: a folder, or a program that builds them."""
    mean_limit: float | None
    """Mean absolute error of the cycles over all programs, as a fraction; None where no limit holds."""
    worst_limit: float | None
    """Absolute error of the cycles of each program."""
    document: str
    """Name of the files that a comparison is written to."""

    @property
    def is_folder(self) -> bool:
        """Whether the sources are a folder of C programs."""
        return not self.sources.endswith(".py")


PROGRAMS = Suite("gem5-minor.csv", "bin", "src", 0.06, 0.15, "validate-timing")
MICRO = Suite("micro/gem5-minor-micro.csv", "micro/bin", "micro/make.py", None, None, "validate-timing-micro")
MULTICORE = Suite(
    "multicore/gem5-minor-multicore.csv", "multicore/bin", "multicore/src", 0.10, 0.20, "validate-timing-multicore"
)


@dataclass(frozen=True)
class Counts:
    """What one run took; None where it was not measured."""

    instructions: int
    cycles: int
    l1d_misses: int | None
    l2_misses: int | None
    mispredictions: int | None


@dataclass(frozen=True)
class Measurement:
    """One program on one system, in the reference."""

    program: str
    system: str
    counts: Counts
    cores: int = 1


@dataclass(frozen=True)
class Reference:
    """A folder and the measurements of one suite."""

    folder: Path
    suite: Suite
    measurements: tuple[Measurement, ...]
    whole: bool
    """Whether these are all of the suite."""


def load(folder: Path, suite: Suite, only: tuple[str, ...] = ()) -> Reference:
    """Read the measurements of a suite, or of some of its programs. Raises UsageError for a folder that has none."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r} of reference measurements")
    if not (folder / suite.table).is_file():
        raise UsageError(f"{str(folder)!r} is no folder of reference measurements: it has no {suite.table}")
    if not (folder / suite.binaries).is_dir() and not (folder / suite.sources).exists():
        raise UsageError(f"{str(folder)!r} has neither {suite.binaries}/ nor {suite.sources} to build it from")
    measurements = _read(folder / suite.table)
    names = dict.fromkeys(measurement.program for measurement in measurements)
    for name in only:
        if name not in names:
            near = did_you_mean(name, names) or f"; there are {', '.join(names)}"
            raise UsageError(f"{suite.table} measures no program {name!r}{near}")
    chosen = tuple(entry for entry in measurements if not only or entry.program in only)
    return Reference(folder, suite, chosen, whole=len(chosen) == len(measurements))


def _read(file: Path) -> list[Measurement]:
    from aimc.preset import names

    systems = names()
    found = []
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            for row in rows:
                entry = _measurement(row)
                if entry.system not in systems:
                    raise UsageError(f"line {rows.line_num} of {str(file)!r} names no preset: {entry.system!r}")
                found.append(entry)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {str(file)!r}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"line {rows.line_num} of {str(file)!r} is no measurement: {error}") from None
    if not found:
        raise UsageError(f"{str(file)!r} has no measurements")
    return found


def _measurement(row: dict[str, str]) -> Measurement:
    """Raises KeyError, TypeError or ValueError for a row that is none."""
    counts = Counts(
        instructions=int(row["instructions"]),
        cycles=int(row["elapsed_cycles" if "elapsed_cycles" in row else "cycles"]),
        l1d_misses=_sum(row["l1d_misses_per_core"]) if "cores" in row else _optional(row["l1d_misses"]),
        l2_misses=_optional(row["l2_misses"]),
        mispredictions=_optional(row.get("branch_mispredicts", "")),
    )
    if counts.cycles < 1 or counts.instructions < 1:
        raise ValueError("cycles and instructions must be positive")
    return Measurement(row["program"], row["system"], counts, int(row.get("cores", 1)))


def _sum(text: str) -> int:
    return sum(int(part) for part in text.split())


def _optional(text: str) -> int | None:
    return int(text) if text else None

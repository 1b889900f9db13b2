"""Fits the table of cycles per instruction class (`functional` fidelity) to measurements of another simulator.

    python benchmarks/fit_cpi.py FOLDER [--common] [--exclude-mpki N] [--micro-weight W] [--prior-weight W]

FOLDER holds `gem5-minor.csv` with the programs in `bin/` and, if wanted, `micro/gem5-minor-micro.csv` with those in
`micro/bin/`. Columns used: program, system, instructions, cycles, l2_misses. `system` is the name of a preset.

The fit is of least absolute relative errors: minimise, over cycles per class x within physical bounds,

    sum over programs p of w_p · |sum over classes k of n_pk · x_k + AIMC_p − cycles_p| / cycles_p
    + prior weight · sum over k of |x_k / preset_k − 1|

as a linear programme. Absolute errors, not squares, so that a program whose time goes where the table cannot look
(cache misses) does not bend the others. n_pk are our own instruction counts; AIMC_p is what the tile takes, which is
given by the preset, not fitted. Kernel work costs nothing here, as in the measurements. A class that no chosen program
uses keeps the preset's value.

Prints the error of the preset, of the fit, and of the fit with the program itself left out, and a TOML fragment. That
some programs are met exactly is the nature of such a fit and no merit (up to as many as there are free classes). The
error to believe is that of a program left out, and even that is flattered if the options were chosen by looking at it.
`--common` fits one table to all systems. Needs scipy.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog  # type: ignore[import-untyped]

from aimc import report
from aimc.config import declared, machine_config
from aimc.machine import Machine
from emulator.config import CpiConfig

Vector = npt.NDArray[np.float64]

BOUNDS = {
    "integer": (0.5, 1.0),  # two a cycle; one after the other
    "multiply": (1.0, 3.0),
    "divide": (6.0, 10.0),
    "simd": (1.0, 4.0),
    "simd_divide": (1.0, 4.0),
    "load": (1.0, 2.5),
    "load_multiple": (2.0, 7.0),
    "store": (1.0, 3.0),
    "store_multiple": (2.0, 6.0),
    "atomic": (2.0, 6.0),
    "branch": (0.5, 6.0),  # a taken one refills the front end
    "system": (1.0, 10.0),
}
"""Between the best throughput and the longest latency that micro kernels show for a class, in cycles."""


@dataclass(frozen=True)
class Measured:
    """One program on one system."""

    system: str
    program: str
    cycles: float
    counts: Vector
    """Instructions by class, in the order of `BOUNDS`."""
    aimc_cycles: float
    mpki: float
    """Second-level cache misses per 1,000 instructions."""


@dataclass(frozen=True)
class Problem:
    """Programs with weights, to be fitted."""

    programs: Sequence[Measured]
    weights: Sequence[float]
    prior: Vector
    prior_weight: float

    def without(self, name: str) -> Problem:
        """The same with one program left out, on every system."""
        keep = [i for i, program in enumerate(self.programs) if program.program != name]
        return Problem([self.programs[i] for i in keep], [self.weights[i] for i in keep], self.prior, self.prior_weight)

    def solve(self) -> Vector:
        """Cycles per class; shape (len(BOUNDS),)."""
        shares = np.array([program.counts / program.cycles for program in self.programs])
        rest = np.array([1 - program.aimc_cycles / program.cycles for program in self.programs])
        programs, classes = shares.shape
        # Variables: x, then each program's absolute error, then each x's absolute relative distance from the prior.
        distance = np.diag(1 / self.prior)
        zeros = np.zeros
        upper = np.vstack(
            [
                np.hstack([shares, -np.eye(programs), zeros((programs, classes))]),
                np.hstack([-shares, -np.eye(programs), zeros((programs, classes))]),
                np.hstack([distance, zeros((classes, programs)), -np.eye(classes)]),
                np.hstack([-distance, zeros((classes, programs)), -np.eye(classes)]),
            ]
        )
        limits = np.concatenate([rest, -rest, np.ones(classes), -np.ones(classes)])
        costs = np.concatenate([zeros(classes), self.weights, np.full(classes, self.prior_weight)])
        bounds = [*BOUNDS.values(), *[(0, None)] * (programs + classes)]
        solution = linprog(costs, A_ub=upper, b_ub=limits, bounds=bounds)
        if not solution.success:
            raise RuntimeError(f"the linear programme has no solution: {solution.message}")
        return np.asarray(solution.x[:classes], np.float64)


def error(program: Measured, cpi: Vector) -> float:
    """Relative error of the predicted cycles."""
    return float((program.counts @ cpi + program.aimc_cycles) / program.cycles - 1)


class Counter:
    """Our instruction counts, each program run once."""

    def __init__(self) -> None:
        free: dict[str, str | float | int] = {name: 0 for name in declared() if name.startswith("kernel.")}
        self._machine = Machine(overrides={**free, "fidelity": "functional"})
        self._counts: dict[Path, dict[str, int]] = {}

    def classes(self, path: Path) -> dict[str, int]:
        """Instructions of a program by class."""
        if path not in self._counts:
            result = self._machine.run(path, capture=True)
            if result.exit_status != 0:
                raise RuntimeError(f"{path.name} ended with {report.ending(result)}")
            self._counts[path] = result.instruction_classes
        return self._counts[path]


def read(table: Path, folder: Path, system: str, counter: Counter) -> list[Measured]:
    """The measurements of one system, with our counts."""
    config = machine_config(system).hardware
    cycles_per_ns = config.core.frequency_hz * 1e-9
    tile = config.tile
    aimc_cycles = {
        "aimc_process": tile.mvm_ns * cycles_per_ns,
        "aimc_queue": tile.queue_ns * cycles_per_ns,
        "aimc_dequeue": tile.dequeue_ns * cycles_per_ns,
        "aimc_parameter_read": tile.parameter_read_ns * cycles_per_ns,
        "aimc_parameter_write": tile.parameter_write_ns * cycles_per_ns,
    }
    found = []
    with table.open(newline="") as file:
        for line in csv.DictReader(file):
            if line["system"] != system:
                continue
            classes = counter.classes(folder / line["program"])
            found.append(
                Measured(
                    system,
                    line["program"],
                    float(line["cycles"]),
                    np.array([classes.get(name, 0) for name in BOUNDS], np.float64),
                    sum(classes.get(name, 0) * cost for name, cost in aimc_cycles.items()),
                    1000 * float(line["l2_misses"] or 0) / float(line["instructions"]),
                )
            )
    return found


def summary(errors: Sequence[float], names: Sequence[str]) -> str:
    """Mean and worst of absolute values."""
    worst = int(np.argmax(np.abs(errors)))
    return f"mean {np.mean(np.abs(errors)):6.1%}  worst {errors[worst]:+7.1%} ({names[worst]})"


def fit(systems: Sequence[str], options: argparse.Namespace, counter: Counter) -> None:
    """Fit one table to these systems and print what came out."""
    folder: Path = options.folder
    micro_table = folder / "micro" / "gem5-minor-micro.csv"
    programs: list[Measured] = []
    micro: list[Measured] = []
    for system in systems:
        programs += read(folder / "gem5-minor.csv", folder / "bin", system, counter)
        if micro_table.exists():
            micro += read(micro_table, folder / "micro" / "bin", system, counter)
    chosen = [program for program in programs if program.mpki <= options.exclude_mpki]
    left_out = [program for program in programs if program.mpki > options.exclude_mpki]
    preset = machine_config(systems[0]).hardware.cpi
    prior = np.array([getattr(preset, name) for name in BOUNDS], np.float64)
    problem = Problem(
        [*chosen, *micro],
        [1.0] * len(chosen) + [options.micro_weight] * len(micro),
        prior,
        options.prior_weight,
    )
    cpi = problem.solve()
    names = [program.program for program in chosen]
    blind = {name: problem.without(name).solve() for name in dict.fromkeys(names)}
    crossed = [error(program, blind[program.program]) for program in chosen]

    title = ", ".join(systems)
    print(f"\n{title}: {len(chosen)} programs and {len(micro)} micro kernels (weight {options.micro_weight:g})")
    print(f"  preset as it is     {summary([error(program, prior) for program in chosen], names)}")
    print(f"  fitted              {summary([error(program, cpi) for program in chosen], names)}")
    print(f"  leave-one-out       {summary(crossed, names)}")
    everything = [error(program, cpi) for program in programs]
    print(f"  fitted, all {len(programs):2}      {summary(everything, [program.program for program in programs])}")
    for program in left_out:
        print(
            f"  left out: {program.program} on {program.system}, {program.mpki:.0f} L2 misses per 1,000 instructions, "
            f"{error(program, cpi):+.1%}: waiting for memory is not in the table"
        )
    print("\n  program                     preset    fitted  left out")
    for program, crossed_error in zip(chosen, crossed, strict=True):
        label = program.program if len(systems) == 1 else f"{program.program}, {program.system}"
        print(f"  {label:24} {error(program, prior):+9.1%} {error(program, cpi):+9.1%} {crossed_error:+9.1%}")
    print(f"\n# {title}")
    for index, (name, value, before) in enumerate(zip(BOUNDS, cpi, prior, strict=True)):
        used = any(program.counts[index] for program in problem.programs)
        low, high = BOUNDS[name]
        at_bound = " (at its bound)" if value < low + 1e-6 or value > high - 1e-6 else ""
        source = (
            f"fitted to {len(chosen)} programs and {len(micro)} micro kernels on gem5 v24.0.0.1 MinorCPU "
            f"(least absolute relative error, between {low:g} and {high:g}){at_bound}"
            if used and abs(value - before) > 1e-6
            else "as before: the fit gives no reason to change it"
        )
        print(f'[cpi.{name}]\nvalue = {value:.2f}\nunit = "cycle"\nsource = "{source}"\n')


def main() -> int:
    assert set(BOUNDS) == set(CpiConfig.__dataclass_fields__) - {"unknown"}
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the reference measurements")
    parser.add_argument("--systems", nargs="+", default=["high-power", "low-power"], help="presets to fit")
    parser.add_argument("--common", action="store_true", help="fit one table to all systems")
    parser.add_argument(
        "--exclude-mpki", type=float, default=20, metavar="N",
        help="leave out programs with more L2 misses per 1,000 instructions (default: 20)",
    )  # fmt: skip
    parser.add_argument(
        "--micro-weight", type=float, default=0.02, metavar="W", help="of a micro kernel (default: 0.02)"
    )
    parser.add_argument("--prior-weight", type=float, default=0.1, metavar="W", help="of the preset (default: 0.1)")
    options = parser.parse_args()
    counter = Counter()
    for systems in [options.systems] if options.common else [[system] for system in options.systems]:
        fit(systems, options, counter)
    return 0


if __name__ == "__main__":
    sys.exit(main())

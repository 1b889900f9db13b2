"""Runs the programs of a reference at timing fidelity and compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aimc.errors import AimcError
from aimc.result import EndReason, Result
from aimc.validate.reference import Counts, Measurement

_OVERRIDES = {"fidelity": "timing", "compat": "alpine", "memory.zero_page": "private"}
"""The tile as ALPINE has it, and memory as in gem5's system-call emulation."""

MEAN_LIMIT = 0.06
"""Mean absolute error of the cycles over all programs, as a fraction."""
WORST_LIMIT = 0.15
"""Absolute error of the cycles of each program."""


@dataclass(frozen=True)
class Comparison:
    """One program on one system, there and here."""

    measurement: Measurement
    ours: Counts
    warnings: tuple[str, ...] = ()
    """What our machine could not do as a real one."""

    @property
    def error(self) -> float:
        """Of our cycles, as a fraction of the reference's."""
        return self.ours.cycles / self.measurement.counts.cycles - 1


@dataclass(frozen=True)
class Summary:
    """The errors of several comparisons."""

    mean: float
    """Of absolute errors, as is the worst."""
    worst: float
    worst_of: str
    """Program and system."""

    @classmethod
    def of(cls, comparisons: Sequence[Comparison]) -> Summary:
        """Of at least one comparison."""
        errors = [abs(comparison.error) for comparison in comparisons]
        worst = max(comparisons, key=lambda comparison: abs(comparison.error))
        name = f"{worst.measurement.program} on {worst.measurement.system}"
        return cls(sum(errors) / len(errors), max(errors), name)

    def beyond(self, *, whole: bool) -> list[str]:
        """What is beyond the limits, in words. The mean is judged only for the `whole` set of programs."""
        found = []
        if whole and self.mean > MEAN_LIMIT:
            found.append(f"the mean error {100 * self.mean:.1f} % is beyond {100 * MEAN_LIMIT:.0f} %")
        if self.worst > WORST_LIMIT:
            found.append(f"the error {100 * self.worst:.1f} % of {self.worst_of} is beyond {100 * WORST_LIMIT:.0f} %")
        return found


def compare(measurement: Measurement, binary: Path) -> Comparison:
    """Run a program as it was measured. Raises AimcError if it does not end by itself."""
    from aimc.machine import Machine

    # One core, since all of these programs are single-threaded. The C library looks at each byte of the program's path,
    # which is therefore the same wherever the binary lies.
    machine = Machine(measurement.system, cores=1, overrides=_OVERRIDES)
    result = machine.run(f"/{binary.name}", sysroot=binary.parent, capture=True)
    if result.reason is not EndReason.EXITED or result.exit_status != 0:
        raise AimcError(
            f"the reference program {measurement.program} failed on {measurement.system}: "
            f"{result.detail or f'exit status {result.exit_status}'}"
        )
    return Comparison(measurement, _counts(result), _warnings(result))


def _warnings(result: Result) -> tuple[str, ...]:
    return tuple(f"{warning.message} ({warning.count:,} times)" for warning in result.warnings)


def _counts(result: Result) -> Counts:
    """Kernel work takes no time in the reference."""
    core, l2 = result.cores[0], result.l2
    assert core.l1d is not None and core.branch is not None and l2 is not None
    return Counts(
        instructions=core.instructions,
        cycles=core.cycles - result.kernel.cycles,
        l1d_misses=core.l1d.misses,
        l2_misses=l2.misses - l2.write_misses,
        mispredictions=core.branch.mispredicted,
    )

"""Runs the programs of a reference at timing fidelity and compares."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aimc.errors import AimcError
from aimc.result import EndReason, Result
from aimc.validate.reference import Counts, Measurement, Reference
from guest.costs import KernelConfig


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

    def beyond(self, reference: Reference) -> list[str]:
        """What is beyond the limits, in words. The mean is judged only for a whole suite."""
        mean, worst = reference.suite.mean_limit, reference.suite.worst_limit
        found = []
        if reference.whole and mean is not None and self.mean > mean:
            found.append(f"the mean error {100 * self.mean:.1f} % is beyond {100 * mean:.0f} %")
        if worst is not None and self.worst > worst:
            found.append(f"the error {100 * self.worst:.1f} % of {self.worst_of} is beyond {100 * worst:.0f} %")
        return found


def compare(measurement: Measurement, binary: Path) -> Comparison:
    """Run a program as it was measured. Raises AimcError if it does not end by itself."""
    from aimc.machine import Machine

    # The tile as ALPINE has it, memory as in gem5's system-call emulation, and a kernel that takes no time. The C
    # library looks at each byte of the program's path, which is therefore the same wherever the binary lies.
    overrides: dict[str, str | float | int] = {
        "fidelity": "timing",
        "compat": "alpine",
        "memory.zero_page": "private",
        "tlb.micro_entries": 0,
    }
    overrides.update({f"kernel.{field.name}": 0 for field in dataclasses.fields(KernelConfig)})
    machine = Machine(measurement.system, cores=measurement.cores, overrides=overrides)
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
    """Of all cores together; cycles from the begin to the end of the run."""
    cores, l2 = result.cores, result.l2
    assert l2 is not None
    return Counts(
        instructions=result.totals.instructions,
        cycles=result.totals.cycles,
        l1d_misses=sum(core.l1d.misses for core in cores if core.l1d is not None),
        l2_misses=l2.misses - l2.write_misses,
        mispredictions=sum(core.branch.mispredicted for core in cores if core.branch is not None),
    )

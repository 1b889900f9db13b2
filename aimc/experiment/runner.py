"""Runs the guest program that the experiments share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aimc import program as programs
from aimc.config import MachineConfig, machine_config
from aimc.errors import AimcError
from aimc.result import EndReason

PROGRAM = "bench-driver"
"""Its source says what the modes and their numbers mean."""


@dataclass(frozen=True)
class Measurement:
    """What one run says about its products, in guest time."""

    products: int
    elapsed_ns: int
    """From the first one to the end of the last one."""
    core_ns: float
    """That the first core was not idle, from power-on to the end: for differences of two runs."""
    longest_ns: int
    """From the submission of a job to its end, of contexts that share a tile; else 0."""

    @property
    def product_ns(self) -> float:
        """Time per product."""
        return self.elapsed_ns / self.products


class Runner:
    """One machine, which can be changed for single runs."""

    def __init__(self, config: MachineConfig) -> None:
        self.config = config

    def run(self, mode: str, *numbers: int, changes: Mapping[str, float] | None = None) -> Measurement:
        """Run a mode of the program. Raises AimcError if it does not end well, as with wrong products."""
        from aimc.machine import Machine

        machine = Machine(machine_config(self.config, changes))
        arguments = (mode, *map(str, numbers))
        # The C library looks at each byte of the program's path, which is therefore the same on each host.
        binary = programs.resolve(PROGRAM)
        result = machine.run(f"/{binary.name}", arguments, sysroot=binary.parent, capture=True)
        assert result.stdout is not None and result.stderr is not None
        if result.reason is not EndReason.EXITED or result.exit_status != 0:
            said = " ".join(result.stderr.decode(errors="replace").split()).removeprefix(f"{PROGRAM}: ")
            raise AimcError(
                f"{' '.join((PROGRAM, *arguments))} failed: "
                f"{said or result.detail or f'exit status {result.exit_status}'}"
            )
        said_by_name = dict(line.split() for line in result.stdout.decode().splitlines())
        core_ns = result.cores[0].cycles * 1e9 / self.config.hardware.core.frequency_hz
        numbers_said = {name: int(value) for name, value in said_by_name.items()}
        return Measurement(
            numbers_said["products"], numbers_said["elapsed_ns"], core_ns, numbers_said.get("longest_ns", 0)
        )

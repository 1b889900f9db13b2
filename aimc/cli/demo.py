"""`aimc demo`: handwritten digits by the processor's vector unit and by the analog tile, side by side."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aimc.cli import options, say
from aimc.errors import AimcError

if TYPE_CHECKING:
    from aimc.result import Result

PROGRAMS = ("digits-mlp", "digits-mlp-aimc")
"""The same source: int8 arithmetic on the core's vector unit, and matrix-vector multiplications in the tile."""

_SUMMARY = re.compile(r"images (\d+) correct (\d+) accuracy [\d.]+% checksum ([0-9a-f]+)")


@dataclass(frozen=True)
class _Summary:
    """What a digits program says about its own run."""

    images: int
    correct: int
    checksum: str
    """Over all raw outputs of the network."""


@click.command()
@options.configuration
def demo(
    *,
    preset: str | None,
    cores: int | None,
    fidelity: str | None,
    memory: str | None,
    settings: tuple[tuple[str, str], ...],
) -> int:
    """Classify handwritten digits digitally and in the analog tile, and compare accuracy, time and energy.

    Both programs are the same source (images/programs/digits-mlp) with the same weights and must agree on every output.
    """
    from aimc.config import DEFAULT_PRESET, machine_config

    config = machine_config(
        DEFAULT_PRESET if preset is None else preset, options.overrides(cores, fidelity, memory, settings)
    )

    from aimc.cli.images import build_images

    build_images(list(PROGRAMS))

    from aimc import report
    from aimc.cli.engine import load_machine

    machine = load_machine(config)

    results: list[Result] = []
    summaries: list[_Summary] = []
    for program in PROGRAMS:
        result = machine.run(program, capture=True)
        summaries.append(_summary(result))
        results.append(result)
    digital, analog = summaries
    print(
        f"A network of int8 weights reads {digital.images} handwritten digits on {config.preset}: "
        "once with the core's vector unit, once with the analog tile.\n"
    )
    report.compare(
        results,
        sys.stdout,
        labels=("digital", "analog tile"),
        accuracies=[summary.correct / summary.images for summary in summaries],
    )
    if digital != analog:
        say(f"the programs disagree: outputs {digital.checksum} and {analog.checksum}")
        return 1
    print(f"\nBoth computed the same outputs, to the bit (checksum {digital.checksum}).")
    return 0


def _summary(result: Result) -> _Summary:
    """Read the summary line of a digits program. Raises `AimcError` if the run went wrong."""
    from aimc import report

    output = (result.stdout or b"").decode("utf-8", "replace")
    match = _SUMMARY.search(output)
    if result.exit_status != 0 or match is None:
        complaint = (result.stderr or b"").decode("utf-8", "replace").strip()
        saying = f", saying {complaint!r}" if complaint else ""
        raise AimcError(f"{result.program} failed: {report.ending(result)}{saying}")
    return _Summary(int(match[1]), int(match[2]), match[3])

"""The same from inside: a C program that makes random calls with real `svc` instructions, run as a user runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aimc import Machine
from tests.end_to_end.compiling import Target, build
from tests.fuzz import host
from tests.fuzz.machine import HOST_MIB, MEMORY_MIB
from tests.fuzz.world import Audit, World

SOURCE = Path(__file__).parent / "random_calls.c"
_SECONDS_A_ROUND = 5


def check(seed: int, rounds: int, audit: Audit | None = None) -> tuple[str, str]:
    """Run it; what it says, and what went wrong."""
    program = build(SOURCE, Target.MUSL)
    machine = Machine(overrides={"memory.size_bytes": f"{MEMORY_MIB}MiB"}, cores=2)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="aimc-fuzz-") as folder:
        world = World(Path(folder) / "world")
        audit = audit or Audit()
        machine.run(program, ["0", "0"], sysroot=world.root, capture=True)
        memory = host.Memory()
        with host.processor_time(rounds * _SECONDS_A_ROUND), audit.watch(world, program):
            result = machine.run(
                program, [str(seed), str(rounds)], sysroot=world.root, capture=True, max_seconds=rounds * 10.0
            )
        problems += [f"the host was touched: {found}" for found in audit.found]
        problems += world.changes(inside=True)
        if (grown := memory.grown_mib()) > HOST_MIB:
            problems.append(f"the process grew by {grown} MiB")
    said = (result.stdout or b"").decode().strip()
    if result.exit_status != 0 or " 0 impossible" not in said:
        problems.append(f"exit status {result.exit_status}: {said or result.detail}")
    return said, "; ".join(problems) and f"random_calls {seed} {rounds}: {'; '.join(problems)}"

"""A made-up run for the tests of results and reports."""

from __future__ import annotations

import pytest

from aimc import result as records


@pytest.fixture
def result() -> records.Result:
    """A run at functional fidelity in which a little of everything happened."""
    return records.Result(
        program="digits-mlp-aimc",
        arguments=("--verbose", "[bold]x"),
        exit_status=0,
        signal=None,
        reason=records.EndReason.EXITED,
        detail=None,
        seed=7,
        preset="high-power",
        overrides={"core.count": 2},
        fidelity="functional",
        totals=records.Totals(instructions=1_234_567, cycles=2_000_000, guest_seconds=0.00531, energy_joules=3e-3),
        energy_joules=records.EnergyJoules(
            core_active=1e-3,
            core_idle=0.0,
            l1=1e-6,
            l2=None,
            dram=None,
            tile_mvm=1.5e-3,
            tile_io=1e-9,
            tile_program=4.99e-4,
            tile_idle=0.0,
            core_static=0.0,
            l1_static=0.0,
            l2_static=None,
            dram_static=None,
        ),
        kernel=records.KernelCounters(cycles=20_000, syscalls=12, page_faults=1, context_switches=0, interrupts=0),
        cores=(
            records.CoreCounters(instructions=1_234_567, cycles=2_000_000, idle_cycles=0),
            records.CoreCounters(instructions=0, cycles=0, idle_cycles=2_000_000),
        ),
        l2=None,
        dram=None,
        tiles=(
            records.TileCounters(
                mvms=1024,
                queued_bytes=65_536,
                dequeued_bytes=32_768,
                programmed_weights=249_500,
                saturated_outputs=3,
                misuse=records.Misuse(queue_past_end=5),
            ),
            records.TileCounters(mvms=1),
        ),
        syscalls={
            "write": records.SyscallCounters(count=10, errors=0, cycles=3000),
            "exit_group": records.SyscallCounters(count=1, errors=0, cycles=300),
            "openat": records.SyscallCounters(count=1, errors=1, cycles=900),
        },
        instruction_classes={"integer": 1_000_000, "load": 234_567},
        warnings=(
            records.RunWarning(
                kind=records.WarningKind.UNIMPLEMENTED_SYSCALL,
                subject="io_uring_setup",
                count=1,
                message="system call io_uring_setup is not implemented (returned ENOSYS)",
            ),
        ),
        host=records.HostFigures(seconds=0.0154, instructions_per_second=80e6),
        stdout=b"images 10\n",
    )

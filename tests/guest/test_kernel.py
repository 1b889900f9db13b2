"""The run loop on small programs: how runs end, and that every cycle is the user's, the kernel's or idle."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from emulator.record import SUBCYCLES
from guest.costs import KernelConfig
from guest.fs.streams import Streams
from guest.fs.tree import FileTree
from guest.kernel import EndReason, Kernel, Limits
from guest.random import RandomStream
from guest.sched.config import FairPolicy, SchedulerConfig
from guest.syscall import Statistics
from tests.emulator.support import hardware
from tests.end_to_end.elf import LOOP, call, mov, program

SCHEDULER = SchedulerConfig(
    fair_policy=FairPolicy.FAIR, tick_ns=4e6, slice_ns=3e6, round_robin_slice_ns=100e6, wakeup_preemption=True,
    wakeup_granularity_ns=1e6, balance_interval_ns=4e6, migration_cost_ns=5e5,
)  # fmt: skip
FREE = KernelConfig(**dict.fromkeys((field.name for field in fields(KernelConfig)), 0))
EXIT_GROUP, GETPID, NANOSLEEP, FUTEX, NEVER_WAS, SCHED_YIELD = 94, 172, 101, 98, 999, 124


STR_X1_X1 = 0xF9000021
MOV_X0_SP = 0x910003E0
SUB_X1_SP_X1 = 0xCB2163E1
SUB_SP_16 = 0xD10043FF
STP_XZR_X1_SP = 0xA90007FF
PUSH_XZR = 0xF81F0FFF


def exits(status: int = 0) -> tuple[int, ...]:
    return call(EXIT_GROUP, mov(0, status))


def sleeps(ns: int) -> tuple[int, ...]:
    """The duration lies on the stack."""
    return call(NANOSLEEP, SUB_SP_16, mov(1, ns), STP_XZR_X1_SP, MOV_X0_SP, mov(1, 0))


WAITS_FOR_EVER = call(FUTEX, PUSH_XZR, MOV_X0_SP, mov(1, 128), mov(2, 0), mov(3, 0))


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Kernel]:
    """Make a machine of 1 GHz (a cycle is a nanosecond, an instruction mostly a cycle) with a program to run."""

    def make(*words: int, cores: int = 1, costs: KernelConfig = FREE) -> Kernel:
        path = tmp_path / "prog"
        path.write_bytes(program(words))
        tree = FileTree(None, RandomStream(0, "/dev/urandom"))
        kernel = Kernel(hardware(core={"count": cores}), costs, SCHEDULER, tree, seed=0)
        streams = Streams(io.BytesIO(), io.BytesIO(), io.BytesIO())
        kernel.start(tree.place_program(path), [b"prog"], [], streams)
        return kernel

    return make


@pytest.mark.parametrize(("status", "seen"), [(0, 0), (7, 7), (255, 255), (256, 0), (511, 255)])
def test_exit(start: Callable[..., Kernel], status: int, seen: int) -> None:
    end = start(*exits(status)).run()
    assert (end.reason, end.exit_status, end.signal) == (EndReason.EXITED, seen, 0)


def test_a_fault_kills(start: Callable[..., Kernel]) -> None:
    end = start(mov(1, 0), STR_X1_X1, *exits()).run()
    assert (end.reason, end.signal) == (EndReason.KILLED, 11)
    assert end.detail.startswith("writing 0x0, which is not mapped, at 0x4000")


def test_time_passes_while_all_sleep(start: Callable[..., Kernel]) -> None:
    kernel = start(*sleeps(50_000), *exits(), cores=2)
    assert kernel.run().reason is EndReason.EXITED
    clock = kernel.cores[0].clock
    assert 50_000 * SUBCYCLES <= clock < 50_100 * SUBCYCLES
    assert kernel.cores[0].idle_subcycles <= 50_000 * SUBCYCLES
    assert kernel.cores[1].instructions == 0


def test_sleeps_add_up(start: Callable[..., Kernel]) -> None:
    once, twice = start(*sleeps(50_000), *exits()), start(*sleeps(50_000), *sleeps(40_000), *exits())
    assert once.run() == twice.run()
    more = twice.cores[0].clock - once.cores[0].clock
    assert 40_000 * SUBCYCLES <= more < 40_020 * SUBCYCLES


def test_nothing_can_happen_any_more(start: Callable[..., Kernel]) -> None:
    end = start(*WAITS_FOR_EVER, *exits()).run()
    assert (end.reason, end.detail) == (EndReason.DEADLOCK, "prog in futex")


def test_a_limit_on_time_ends_a_sleep_at_the_limit(start: Callable[..., Kernel]) -> None:
    kernel = start(*sleeps(60_000), *exits())
    assert kernel.run(Limits(seconds=20e-6)).reason is EndReason.MAX_SECONDS
    assert kernel.cores[0].clock == 20_000 * SUBCYCLES


def test_a_sleep_that_ends_at_the_limit_is_over(start: Callable[..., Kernel]) -> None:
    assert start(*sleeps(10_000), *exits(3)).run(Limits(seconds=60e-6)).exit_status == 3


def test_a_limit_on_time_ends_a_loop(start: Callable[..., Kernel]) -> None:
    kernel = start(LOOP)
    assert kernel.run(Limits(seconds=1e-3)).reason is EndReason.MAX_SECONDS
    assert 1_000_000 * SUBCYCLES <= kernel.cores[0].clock < 1_000_010 * SUBCYCLES


@pytest.mark.parametrize("limit", [1, 2, 3, 1000, 123_456])
def test_a_limit_on_instructions(start: Callable[..., Kernel], limit: int) -> None:
    """Taken at the end of a block (here one instruction)."""
    kernel = start(LOOP)
    assert kernel.run(Limits(instructions=limit)).reason is EndReason.MAX_INSTRUCTIONS
    assert kernel.cores[0].instructions == limit


def test_a_limit_that_is_not_reached(start: Callable[..., Kernel]) -> None:
    assert start(*exits(3)).run(Limits(1000, 1.0)).exit_status == 3


def test_a_task_that_yields_alone_goes_on(start: Callable[..., Kernel]) -> None:
    kernel = start(*call(SCHED_YIELD), *exits(3))
    assert kernel.run().exit_status == 3
    assert kernel.table.statistics()["sched_yield"].count == 1


COSTS = replace(FREE, syscall_cycles=1000)


@pytest.mark.parametrize("calls", [0, 1, 10])
def test_each_call_is_charged(start: Callable[..., Kernel], calls: int) -> None:
    lines = [*call(GETPID) * calls, *exits()]
    free, priced = start(*lines), start(*lines, costs=COSTS)
    assert free.run() == priced.run()
    assert (free.kernel_cycles, priced.kernel_cycles) == (0, 1000 * (calls + 1))
    assert priced.cores[0].clock - free.cores[0].clock == 1000 * (calls + 1) * SUBCYCLES
    if calls:
        assert priced.table.statistics()["getpid"] == Statistics(count=calls, errors=0, cycles=1000 * calls)


def test_the_cycles_of_all_calls_are_those_of_the_kernel(start: Callable[..., Kernel]) -> None:
    """Whether a call returns, fails, waits or ends the program."""
    kernel = start(*call(GETPID), *call(NEVER_WAS), *sleeps(1000), *exits(), costs=COSTS)
    kernel.run()
    statistics = kernel.table.statistics()
    assert {name: entry.count for name, entry in statistics.items()} == {
        "exit_group": 1, "nanosleep": 1, "getpid": 1, "syscall_0x3e7": 1,
    }  # fmt: skip
    assert sum(entry.cycles for entry in statistics.values()) == kernel.kernel_cycles == 4000
    assert statistics["syscall_0x3e7"].errors == 1


def test_starting_a_program_is_charged(start: Callable[..., Kernel]) -> None:
    kernel = start(*exits(), costs=replace(FREE, exec_cycles=5000))
    assert kernel.kernel_cycles == 5000
    kernel.run()
    assert kernel.kernel_cycles == 5000


def test_first_touches_of_pages_are_page_faults(start: Callable[..., Kernel]) -> None:
    """One for the program's page, one for the stack far below its start, where the kernel has to let it grow."""
    lines = [mov(1, 0x40000), SUB_X1_SP_X1, STR_X1_X1, *exits()]
    kernel = start(*lines, costs=replace(FREE, page_fault_cycles=700))
    assert kernel.run().exit_status == 0
    assert kernel.page_faults == 2
    assert kernel.kernel_cycles == 700 * (kernel.page_faults + kernel.services.work.page_fault)


@pytest.mark.parametrize("cores", [1, 3])
def test_every_cycle_is_the_users_the_kernels_or_idle(start: Callable[..., Kernel], cores: int) -> None:
    costs = replace(FREE, **{field.name: 100 + place for place, field in enumerate(fields(KernelConfig))})
    lines = [*call(GETPID), *sleeps(30_000), *call(NEVER_WAS), *exits()]
    free, priced = start(*lines, cores=cores), start(*lines, cores=cores, costs=costs)
    free.run()
    priced.run()
    user = free.cores[0].clock - free.cores[0].idle_subcycles
    core = priced.cores[0]
    assert user + priced.kernel_cycles * SUBCYCLES + core.idle_subcycles == core.clock
    assert priced.kernel_cycles > 4 * costs.syscall_cycles
    assert user < 100 * SUBCYCLES

"""What kernel work costs in cycles, and the counters of work to be charged.

The kernel is modelled, not executed, so each piece of its work has a price. Values come from the preset, which gives
each with its source; the run loop multiplies `WorkCounters` by `KernelConfig` and adds the result to the core's clock
as kernel time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.config import key


@dataclass(frozen=True)
class KernelConfig:
    """Cost of kernel work, in cycles of the core that does it."""

    syscall_cycles: int = key("cycle", "entry to and exit from the kernel for one system call, doing nothing", 0, 10**9)
    page_fault_cycles: int = key(
        "cycle", "first touch of a page: exception, allocation, clearing, page table", 0, 10**9
    )
    context_switch_cycles: int = key("cycle", "switch from one task to another on the same core", 0, 10**9)
    migration_cycles: int = key("cycle", "moving a task to another core, without refilling its caches", 0, 10**9)
    tick_cycles: int = key("cycle", "timer tick of a core on which tasks wait for their turn", 0, 10**9)
    interrupt_cycles: int = key("cycle", "entry to and exit from an interrupt handler that does nothing", 0, 10**9)
    trap_cycles: int = key("cycle", "entry to and exit from the kernel for an instruction that traps", 0, 10**9)
    signal_cycles: int = key("cycle", "delivery of a signal to a handler and return from it", 0, 10**9)
    copy_cycles_per_byte: float = key("cycle/byte", "copying between user memory and the kernel", 0, 1e6)
    path_component_cycles: int = key("cycle", "lookup of one component of a path", 0, 10**9)
    mapping_cycles: int = key("cycle", "making, changing or removing one memory mapping", 0, 10**9)
    packet_cycles: int = key("cycle", "sending and receiving one message or segment on a socket", 0, 10**9)
    task_cycles: int = key("cycle", "creating a task", 0, 10**9)
    exec_cycles: int = key("cycle", "starting a program, without its page faults", 0, 10**9)


@dataclass(slots=True)
class WorkCounters:
    """Kernel work done so far; the names are those of `KernelConfig` without the unit."""

    syscall: int = 0
    page_fault: int = 0
    context_switch: int = 0
    migration: int = 0
    tick: int = 0
    interrupt: int = 0
    trap: int = 0
    signal: int = 0
    device: int = 0
    """cycles that drivers put a price on themselves"""
    copy: int = 0
    """bytes"""
    path_component: int = 0
    mapping: int = 0
    packet: int = 0
    task: int = 0
    exec: int = 0


def price_list(costs: KernelConfig) -> Callable[[WorkCounters], int]:
    """What gives all work so far in cycles, rounded down: charge the difference of two calls to get exact totals."""
    # Written out, with the prices at hand: this runs several times in each system call. A test compares it with the
    # fields.
    copy, path_component, packet = costs.copy_cycles_per_byte, costs.path_component_cycles, costs.packet_cycles
    syscall, page_fault, mapping = costs.syscall_cycles, costs.page_fault_cycles, costs.mapping_cycles
    context_switch, migration, tick = costs.context_switch_cycles, costs.migration_cycles, costs.tick_cycles
    interrupt, trap, signal = costs.interrupt_cycles, costs.trap_cycles, costs.signal_cycles
    task, execution = costs.task_cycles, costs.exec_cycles

    def cycles(work: WorkCounters) -> int:
        return int(
            work.copy * copy
            + work.syscall * syscall
            + work.page_fault * page_fault
            + work.context_switch * context_switch
            + work.migration * migration
            + work.tick * tick
            + work.interrupt * interrupt
            + work.trap * trap
            + work.signal * signal
            + work.device
            + work.path_component * path_component
            + work.mapping * mapping
            + work.packet * packet
            + work.task * task
            + work.exec * execution
        )

    return cycles

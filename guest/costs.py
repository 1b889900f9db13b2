"""What kernel work costs in cycles, and the counters of work to be charged.

The kernel is modelled, not executed, so each piece of its work has a price. Values come from the preset, which gives
each with its source; the run loop multiplies `WorkCounters` by `KernelConfig` and adds the result to the core's clock
as kernel time.
"""

from __future__ import annotations

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
    signal_cycles: int = key("cycle", "delivery of a signal to a handler and return from it", 0, 10**9)
    copy_cycles_per_byte: float = key("cycle/byte", "copying between user memory and the kernel", 0, 1e6)
    path_component_cycles: int = key("cycle", "lookup of one component of a path", 0, 10**9)
    mapping_cycles: int = key("cycle", "making, changing or removing one memory mapping", 0, 10**9)
    packet_cycles: int = key("cycle", "sending and receiving one message or segment on a socket", 0, 10**9)
    task_cycles: int = key("cycle", "creating a task", 0, 10**9)
    exec_cycles: int = key("cycle", "starting a program, without its page faults", 0, 10**9)


@dataclass
class WorkCounters:
    """Kernel work done so far; the names are those of `KernelConfig` without the unit."""

    syscall: int = 0
    page_fault: int = 0
    context_switch: int = 0
    migration: int = 0
    tick: int = 0
    interrupt: int = 0
    signal: int = 0
    copy: int = 0
    """bytes"""
    path_component: int = 0
    mapping: int = 0
    packet: int = 0
    task: int = 0
    exec: int = 0

    def cycles(self, costs: KernelConfig) -> int:
        """All work so far in cycles, rounded down. Charge the difference of two calls to get exact totals."""
        # Written out: this runs twice in each system call. A test compares it with the fields.
        return int(
            self.copy * costs.copy_cycles_per_byte
            + self.syscall * costs.syscall_cycles
            + self.page_fault * costs.page_fault_cycles
            + self.context_switch * costs.context_switch_cycles
            + self.migration * costs.migration_cycles
            + self.tick * costs.tick_cycles
            + self.interrupt * costs.interrupt_cycles
            + self.signal * costs.signal_cycles
            + self.path_component * costs.path_component_cycles
            + self.mapping * costs.mapping_cycles
            + self.packet * costs.packet_cycles
            + self.task * costs.task_cycles
            + self.exec * costs.exec_cycles
        )


"""Makes a `Result` of what a machine counted."""

from __future__ import annotations

import dataclasses
import io

from aimc import collect_timing
from aimc.config import MachineConfig
from aimc.errors import ExitStatus
from aimc.result import (
    CoreCounters,
    EndReason,
    EnergyJoules,
    HostFigures,
    KernelCounters,
    Misuse,
    Result,
    RunWarning,
    SyscallCounters,
    TaskCounters,
    TileCounters,
    Totals,
    WarningKind,
)
from emulator import record, tile
from emulator.core import Core
from emulator.energy import CoreActivity, TileActivity, energy
from emulator.instruction_class import InstructionClass
from guest import kernel as guest_kernel
from guest.sched.record import TaskRecord
from guest.sched.runqueue import CoreStatistics

_WORD_BYTES = 4

_REASONS = {
    guest_kernel.EndReason.EXITED: EndReason.EXITED,
    guest_kernel.EndReason.KILLED: EndReason.KILLED,
    guest_kernel.EndReason.MAX_INSTRUCTIONS: EndReason.MAX_INSTRUCTIONS,
    guest_kernel.EndReason.MAX_SECONDS: EndReason.MAX_SECONDS,
    guest_kernel.EndReason.DEADLOCK: EndReason.DEADLOCK,
}


def collect(
    kernel: guest_kernel.Kernel,
    end: guest_kernel.End,
    config: MachineConfig,
    *,
    program: str,
    arguments: tuple[str, ...],
    seed: int,
    host_seconds: float,
    output: tuple[io.BytesIO | None, io.BytesIO | None],
) -> Result:
    """The result of a run that ended with `end`. `output`: what collected the guest's standard output and error."""
    frequency_hz = config.hardware.core.frequency_hz
    end_clock = max(core.clock for core in kernel.cores)
    seconds = end_clock / record.SUBCYCLES / frequency_hz
    instructions = sum(core.instructions for core in kernel.cores)
    classes = kernel.engine.instruction_classes()
    tiles = [core.tile.counters() for core in kernel.cores]
    activities = [_activity(core, end_clock) for core in kernel.cores]
    memory = collect_timing.memory(kernel.engine.timing, kernel.cores)
    traffic = None if memory is None else memory.traffic
    tile_activities = [
        TileActivity(counters, core.tile.power.residency(end_clock))
        for counters, core in zip(tiles, kernel.cores, strict=True)
    ]
    joules = energy(config.hardware, classes, activities, tile_activities, seconds, traffic)
    statistics = kernel.table.statistics()
    work = kernel.services.work
    return Result(
        program=program,
        arguments=arguments,
        exit_status=_exit_status(end),
        signal=end.signal or None,
        reason=_REASONS[end.reason],
        detail=end.detail or None,
        seed=seed,
        preset=config.preset,
        overrides=dict(config.overrides),
        fidelity=config.hardware.fidelity.value,
        totals=Totals(instructions, end_clock // record.SUBCYCLES, seconds, joules.total),
        energy_joules=EnergyJoules(**dataclasses.asdict(joules)),
        kernel=KernelCounters(
            cycles=kernel.kernel_cycles,
            syscalls=sum(entry.count for entry in statistics.values()),
            page_faults=work.page_fault + kernel.page_faults,
            context_switches=work.context_switch,
            interrupts=work.interrupt,
            migrations=work.migration,
            ticks=work.tick,
        ),
        cores=tuple(
            _core(core, counts, end_clock, timed=memory is not None)
            for core, counts in zip(kernel.cores, kernel.scheduler.statistics(), strict=True)
        ),
        l2=None if memory is None else memory.l2,
        dram=None if memory is None else memory.dram,
        tiles=tuple(_tile(counters) for counters in tiles),
        syscalls={name: SyscallCounters(entry.count, entry.errors, entry.cycles) for name, entry in statistics.items()},
        instruction_classes={kind.name.lower(): int(classes[kind]) for kind in InstructionClass if classes[kind]},
        warnings=_warnings(kernel),
        host=HostFigures(host_seconds, instructions / host_seconds if host_seconds else 0.0),
        tasks=tuple(_task(record) for record in kernel.task_records()),
        stdout=output[0].getvalue() if output[0] is not None else None,
        stderr=output[1].getvalue() if output[1] is not None else None,
    )


def _exit_status(end: guest_kernel.End) -> int:
    match end.reason:
        case guest_kernel.EndReason.EXITED:
            return end.exit_status
        case guest_kernel.EndReason.KILLED:
            return ExitStatus.SIGNAL_BASE + end.signal
        case _:
            return int(ExitStatus.LIMIT_REACHED)


def _idle(core: Core, end_clock: int) -> int:
    """Subcycles that a core waited, from the machine's start to its end."""
    return core.idle_subcycles + end_clock - core.clock


def _activity(core: Core, end_clock: int) -> CoreActivity:
    idle = _idle(core, end_clock)
    return CoreActivity(end_clock - idle, idle, core.power.residency(end_clock))


def _core(core: Core, counts: CoreStatistics, end_clock: int, *, timed: bool) -> CoreCounters:
    idle = _idle(core, end_clock)
    counters = CoreCounters(
        instructions=core.instructions,
        cycles=(end_clock - idle) // record.SUBCYCLES,
        idle_cycles=idle // record.SUBCYCLES,
        context_switches=counts.context_switches,
        migrations=counts.migrations,
        dispatches=counts.dispatches,
        ticks=counts.ticks,
        run_delay_ns=counts.wait_ns,
        max_run_delay_ns=counts.max_wait_ns,
    )
    return collect_timing.of_core(counters, core.timing) if timed else counters


def _task(account: TaskRecord) -> TaskCounters:
    used, switches, counts = account.used, account.switches, account.counts
    busy = used.user_ns + used.system_ns + switches.wait_ns
    return TaskCounters(
        tid=account.tid,
        pid=account.pid,
        name=account.name.decode("ascii", "backslashreplace"),
        started_ns=account.started_ns,
        ended_ns=account.ended_ns,
        user_ns=used.user_ns,
        system_ns=used.system_ns,
        run_delay_ns=switches.wait_ns,
        max_run_delay_ns=switches.max_wait_ns,
        idle_ns=max(account.ended_ns - account.started_ns - busy, 0),
        voluntary_context_switches=switches.voluntary_switches,
        involuntary_context_switches=switches.involuntary_switches,
        migrations=switches.migrations,
        dispatches=switches.dispatches,
        page_faults=counts.minor_faults,
        read_bytes=counts.read_bytes,
        written_bytes=counts.written_bytes,
    )


def _tile(counters: tile.TileCounters) -> TileCounters:
    return TileCounters(
        mvms=counters.mvms,
        queued_bytes=_WORD_BYTES * counters.queued_words,
        dequeued_bytes=_WORD_BYTES * counters.dequeued_words,
        programmed_weights=counters.programmed_weights,
        read_weights=counters.read_weights,
        saturated_outputs=counters.saturated_outputs,
        misuse=Misuse(
            queue_past_end=counters.queue_past_end,
            dequeue_past_end=counters.dequeue_past_end,
            dequeue_before_process=counters.dequeue_before_process,
            parameter_out_of_range=counters.parameter_out_of_range,
            unknown_register=counters.unknown_register,
        ),
    )


def _warnings(kernel: guest_kernel.Kernel) -> tuple[RunWarning, ...]:
    found = [
        RunWarning(
            WarningKind.UNIMPLEMENTED_SYSCALL,
            name,
            count,
            f"the program called {name}, which is not implemented and returned ENOSYS (--strace shows where)",
        )
        for name, count in kernel.table.unimplemented().items()
    ]
    found += [
        RunWarning(
            WarningKind.UNKNOWN_INSTRUCTION,
            f"{word:#010x}",
            count,
            f"the decoder does not know the instruction {word:#010x}, whose cost is that of the class `unknown`",
        )
        for word, count in sorted(kernel.engine.unknown_words.items())
    ]
    found += collect_timing.warnings(kernel.cores)
    found += [
        RunWarning(WarningKind.OTHER, text, count, text) for text, count in sorted(kernel.services.warnings.items())
    ]
    return tuple(found)

"""What a run did: the one record behind the report, the `--stats` file and the Python API.

The names are the same in all three, with units where a number has one. Only `host` may differ between two runs of
the same program with the same input, configuration and seed. A figure that the chosen fidelity does not model is
None (JSON null), never zero. The field documentation below is also that of the JSON Schema,
`aimc/schema/stats-1.json` (see `aimc.schema`).
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from enum import StrEnum

from aimc.document import documented as _doc
from aimc.document import plain
from aimc.profile import Profile
from aimc.timeline import Timeline

SCHEMA = 1
"""Version of the JSON layout. Fields may be added to a version; any other change makes a new one."""


class EndReason(StrEnum):
    """Why a run ended."""

    EXITED = "exited"
    KILLED = "killed"
    MAX_INSTRUCTIONS = "max_instructions"
    MAX_SECONDS = "max_seconds"
    DEADLOCK = "deadlock"
    """Every task of the guest waited for something that could not happen any more."""

    @property
    def is_limit(self) -> bool:
        """Whether the run was cut short by a limit of ours."""
        return self in (EndReason.MAX_INSTRUCTIONS, EndReason.MAX_SECONDS, EndReason.DEADLOCK)


class WarningKind(StrEnum):
    """What a warning is about."""

    UNIMPLEMENTED_SYSCALL = "unimplemented_syscall"
    UNKNOWN_INSTRUCTION = "unknown_instruction"
    OTHER = "other"


@dataclass(frozen=True)
class Totals:
    """The whole machine in four numbers."""

    instructions: int = _doc("instructions executed by all cores")
    cycles: int = _doc("core cycles from start to end: the clock of the core that ran longest, kernel work included")
    guest_seconds: float = _doc("the same as time: cycles / core frequency")
    energy_joules: float = _doc("sum of the components in `energy_joules` that are modelled")


@dataclass(frozen=True)
class EnergyJoules:
    """Energy by component, in joules; null if the fidelity, or the profile of main memory, does not model it."""

    core_active: float | None = _doc("cores that execute")
    core_idle: float | None = _doc("cores that wait")
    l1: float | None = _doc("level-1 caches, instruction fetch included")
    l2: float | None = _doc("level-2 cache")
    dram: float | None = _doc("main memory")
    tile_mvm: float | None = _doc("matrix-vector multiplications in the tiles")
    tile_io: float | None = _doc("words between cores and tiles")
    tile_program: float | None = _doc("programming of weights")
    tile_idle: float | None = _doc("static power of the tiles")
    core_static: float | None = _doc("leakage of cores while they execute", added=True, default=None)
    l1_static: float | None = _doc("static power of the level-1 caches", added=True, default=None)
    l2_static: float | None = _doc("static power of the level-2 cache", added=True, default=None)
    dram_static: float | None = _doc("standby and refresh of main memory", added=True, default=None)

    def total(self) -> float:
        """Sum of the components that are modelled, in joules."""
        joules: list[float | None] = [getattr(self, item.name) for item in dataclasses.fields(self)]
        return sum(part for part in joules if part is not None)


@dataclass(frozen=True)
class KernelCounters:
    """Work of the Linux kernel, which is charged from a table of costs."""

    cycles: int = _doc("core cycles charged for all of it")
    syscalls: int = _doc("system calls")
    page_faults: int = _doc("page faults")
    context_switches: int = _doc("switches from one task to another")
    interrupts: int = _doc("interrupts")
    migrations: int = _doc("tasks moved to another core", added=True, default=0)
    ticks: int = _doc("timer ticks of cores on which tasks waited for their turn", added=True, default=0)


@dataclass(frozen=True)
class CacheCounters:
    """One cache."""

    accesses: int = _doc("accesses")
    misses: int = _doc("accesses that missed")
    writebacks: int = _doc("modified lines written to the next level")
    writes: int = _doc("of the accesses: writes, by the program or of lines from above", added=True, default=0)
    write_misses: int = _doc("of the misses: those of writes", added=True, default=0)
    transfers: int = _doc("of the misses: those that another core's cache answered", added=True, default=0)
    upgrades: int = _doc("writes that took a line from other cores' caches first", added=True, default=0)
    invalidations: int = _doc("lines lost to writes of other cores", added=True, default=0)
    prefetches: int = _doc("lines prefetched", added=True, default=0)
    prefetch_hits: int = _doc("lines prefetched that the program then used", added=True, default=0)


@dataclass(frozen=True)
class TlbCounters:
    """The main translation lookaside buffer of one core."""

    accesses: int = _doc("look-ups: pages that the micro TLBs of instructions or data lacked")
    misses: int = _doc("look-ups that missed, for which page tables were read")
    table_reads: int = _doc("lines of page tables read, through the level-2 cache", added=True, default=0)


@dataclass(frozen=True)
class BranchCounters:
    """Branch prediction of one core."""

    branches: int = _doc("branches executed")
    mispredicted: int = _doc("branches predicted wrongly")


@dataclass(frozen=True)
class DramCounters:
    """Main memory."""

    reads: int = _doc("lines read")
    writes: int = _doc("lines written")


@dataclass(frozen=True)
class CycleCauses:
    """Cycles of one core by what they were spent on; together its cycles and idle cycles.

    A cycle in which nothing is committed belongs to what delayed the instruction committed next.
    """

    base: int = _doc("instructions were committed")
    dependency: int = _doc("an operand was not ready")
    unit: int = _doc("a functional unit was busy")
    fetch: int = _doc("nothing was decoded: taken branches, misses of the instruction cache")
    branch: int = _doc("the same after a branch that was predicted wrongly")
    l1d: int = _doc("a load or store was not answered that the level-1 data cache or the store buffer answers")
    l2: int = _doc("the same for the level-2 cache, or another core's cache")
    dram: int = _doc("the same for main memory")
    tlb: int = _doc("an access, or what is fetched, waited for the translation of its address")
    aimc: int = _doc("an AIMC instruction was under way")
    kernel: int = _doc("kernel work, and instructions that the kernel carries out")
    idle: int = _doc("nothing to run")

    def total(self) -> int:
        """Cycles for any cause."""
        return sum(int(getattr(self, item.name)) for item in dataclasses.fields(self))


@dataclass(frozen=True)
class CoreCounters:
    """One core."""

    instructions: int = _doc("instructions executed")
    cycles: int = _doc("cycles spent executing or waiting for memory or the tile")
    idle_cycles: int = _doc("cycles without anything to run")
    l1i: CacheCounters | None = _doc("level-1 instruction cache", default=None)
    l1d: CacheCounters | None = _doc("level-1 data cache", default=None)
    tlb: TlbCounters | None = _doc("translation lookaside buffer; null if not modelled", default=None)
    branch: BranchCounters | None = _doc("branch prediction", default=None)
    context_switches: int = _doc("switches from one task to another", added=True, default=0)
    migrations: int = _doc("tasks that came from another core", added=True, default=0)
    dispatches: int = _doc("times that a task got the core", added=True, default=0)
    ticks: int = _doc("timer ticks while tasks waited for their turn", added=True, default=0)
    run_delay_ns: int = _doc("guest time that tasks waited for the core, runnable, all together", added=True, default=0)
    max_run_delay_ns: int = _doc("the longest such wait", added=True, default=0)
    cycle_causes: CycleCauses | None = _doc("what cycles were spent on; null if not modelled", added=True, default=None)


@dataclass(frozen=True)
class TaskCounters:
    """One thread of the guest."""

    tid: int = _doc("its number")
    pid: int = _doc("number of its process")
    name: str = _doc("its name when it ended, at most 15 characters")
    started_ns: int = _doc("guest time of its start")
    ended_ns: int = _doc("guest time of its end, or of the end of the run")
    user_ns: int = _doc("guest time that it ran its program")
    system_ns: int = _doc("guest time of kernel work on its behalf")
    run_delay_ns: int = _doc("guest time that it waited for a core, runnable")
    max_run_delay_ns: int = _doc("the longest such wait")
    idle_ns: int = _doc("guest time that it waited for something else: the rest of its life")
    voluntary_context_switches: int = _doc("times that it gave its core away to wait")
    involuntary_context_switches: int = _doc("times that another task was given its core")
    migrations: int = _doc("times that it came to another core")
    dispatches: int = _doc("times that it got a core")
    page_faults: int = _doc("pages touched for the first time")
    read_bytes: int = _doc("bytes that read and its relatives gave")
    written_bytes: int = _doc("bytes that write and its relatives took")


@dataclass(frozen=True)
class Misuse:
    """AIMC instructions used in a way that makes no sense; each is a fault of the guest program."""

    queue_past_end: int = _doc("bytes queued past the end of the input memory, and dropped", default=0)
    dequeue_past_end: int = _doc("words dequeued past the end of the output memory, and zero", default=0)
    dequeue_before_process: int = _doc("words dequeued before the first multiplication", default=0)
    parameter_out_of_range: int = _doc("weights read or programmed outside the crossbar", default=0)
    unknown_register: int = _doc("accesses to the register page that reach no register", default=0)

    def total(self) -> int:
        """Misuse of every kind."""
        return sum(int(getattr(self, item.name)) for item in dataclasses.fields(self))


@dataclass(frozen=True)
class TileCounters:
    """The AIMC tile of one core."""

    mvms: int = _doc("matrix-vector multiplications", default=0)
    queued_bytes: int = _doc("bytes moved from the core to the tile", default=0)
    dequeued_bytes: int = _doc("bytes moved from the tile to the core", default=0)
    programmed_weights: int = _doc("weights programmed", default=0)
    read_weights: int = _doc("weights read back", default=0)
    saturated_outputs: int = _doc("outputs of multiplications that did not fit into 8 bits", default=0)
    misuse: Misuse = _doc("AIMC instructions used in a way that makes no sense", default=Misuse())


@dataclass(frozen=True)
class SyscallCounters:
    """One system call."""

    count: int = _doc("times called")
    errors: int = _doc("times it returned an error")
    cycles: int = _doc("kernel cycles charged for it")


@dataclass(frozen=True)
class RunWarning:
    """Something that the machine could not do as a real one would."""

    kind: WarningKind = _doc("what it is about")
    subject: str = _doc("the system call, instruction, … by name")
    count: int = _doc("how often")
    message: str = _doc("a sentence for people")


@dataclass(frozen=True)
class HostFigures:
    """The emulator's own speed: the only figures that may differ between equal runs."""

    seconds: float = _doc("time on the host's clock from the guest's first to its last instruction")
    instructions_per_second: float = _doc("guest instructions per second of the host")


@dataclass(frozen=True)
class Result:
    """Everything about one run."""

    program: str = _doc("the program as it was asked for")
    arguments: tuple[str, ...] = _doc("its arguments")
    exit_status: int = _doc("exit status as a shell sees it: the guest's, 128 + signal, or 124 if a limit was reached")
    signal: int | None = _doc("the signal that killed the guest, if one did")
    reason: EndReason = _doc("why the run ended")
    detail: str | None = _doc("what caused the fatal signal or the deadlock, for people")
    seed: int = _doc("seed of everything random")
    preset: str = _doc("name or path of the preset")
    overrides: dict[str, bool | int | float | str] = _doc("values changed from the preset, in the declared units")
    fidelity: str = _doc("how cycles were found")
    totals: Totals = _doc("the whole machine")
    energy_joules: EnergyJoules = _doc("energy by component")
    kernel: KernelCounters = _doc("work of the kernel")
    cores: tuple[CoreCounters, ...] = _doc("each core")
    l2: CacheCounters | None = _doc("the shared level-2 cache; null if not modelled")
    dram: DramCounters | None = _doc("main memory; null if not modelled")
    tiles: tuple[TileCounters, ...] = _doc("the tile of each core")
    syscalls: dict[str, SyscallCounters] = _doc("each system call that was made, by name")
    instruction_classes: dict[str, int] = _doc("instructions executed, by class")
    warnings: tuple[RunWarning, ...] = _doc("what could not be done as on a real machine")
    host: HostFigures = _doc("the emulator's own speed", compare=False)
    tasks: tuple[TaskCounters, ...] = _doc("each thread that there was, by number and start", added=True, default=())
    profile: Profile | None = field(default=None, repr=False, metadata={"json": False})
    """Where the cycles went, if it was asked for; it is a document of its own."""
    timeline: Timeline | None = field(default=None, repr=False, metadata={"json": False})
    """What the driver of the tiles did when, if it was asked for; likewise."""
    stdout: bytes | None = field(default=None, repr=False, metadata={"json": False})
    """What the guest wrote to its standard output, if it was captured."""
    stderr: bytes | None = field(default=None, repr=False, metadata={"json": False})
    """What the guest wrote to its standard error, if it was captured."""

    @property
    def instructions_per_cycle(self) -> float | None:
        """Instructions of all cores per cycle of the machine; None for a run without cycles."""
        return self.totals.instructions / self.totals.cycles if self.totals.cycles else None

    def to_json(self) -> str:
        """The `--stats` document: indented JSON with a final newline, the same bytes for equal runs but for `host`.

        It is pure ASCII: other characters, and bytes of arguments that are no text, are escaped as JSON does.
        Raises `ValueError` if a figure is not a finite number.
        """
        return json.dumps({"schema": SCHEMA, **plain(self)}, indent=2, allow_nan=False) + "\n"

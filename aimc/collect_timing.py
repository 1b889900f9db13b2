"""What the timing model counted, as a `Result` has it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from aimc.result import (
    BranchCounters,
    CacheCounters,
    CoreCounters,
    CycleCauses,
    DramCounters,
    RunWarning,
    TlbCounters,
    WarningKind,
)
from emulator.core import Core
from emulator.energy import MemoryTraffic
from emulator.timing.core_timing import CoreTiming, SharedTiming
from emulator.timing.records import Records

MISMATCH = "memory accesses of the timing model"
"""Subject of the warning about blocks that did not access memory as their micro-operations say."""


@dataclass(frozen=True)
class Memory:
    """What all cores share, and what their accesses cost."""

    l2: CacheCounters
    dram: DramCounters
    traffic: MemoryTraffic


def memory(shared: SharedTiming | None, cores: Sequence[Core]) -> Memory | None:
    """Counters of the memory behind the cores; None where it is not modelled."""
    if shared is None:
        return None
    l2 = _cache(shared.l2)
    dram = DramCounters(reads=int(shared.dram.state["reads"]), writes=int(shared.dram.state["writes"]))
    timings = [core.timing for core in cores if core.timing is not None]
    l1d = [_cache(timing.l1d) for timing in timings]
    table_reads = sum(timing.table_reads for timing in timings)
    l1_writes = sum(cache.writes for cache in l1d)
    lines_asked = l2.accesses - l2.writes
    transfers = sum(cache.transfers for cache in l1d)
    traffic = MemoryTraffic(
        l1_reads=sum(cache.accesses for cache in l1d) - l1_writes,
        l1_writes=l1_writes,
        l1_line_reads=sum(cache.writebacks for cache in l1d) + transfers,
        l1_line_writes=lines_asked - table_reads + transfers,
        # A read that misses looks at tags alone; its line is written once it has come.
        l2_reads=lines_asked - dram.reads + l2.writebacks,
        l2_writes=l2.writes + dram.reads,
        dram_lines=dram.reads + dram.writes,
    )
    return Memory(l2, dram, traffic)


def of_core(counters: CoreCounters, timing: CoreTiming | None) -> CoreCounters:
    """The counters of a core with those of its pipeline; `timing` is None for a core on which nothing ran."""
    causes = dict.fromkeys((item.name for item in dataclasses.fields(CycleCauses)), 0)
    cache, branch, tlb = CacheCounters(0, 0, 0), BranchCounters(0, 0), TlbCounters(0, 0)
    if timing is None:
        l1i = l1d = cache
    else:
        causes |= timing.causes()
        l1i, l1d = _cache(timing.l1i), _cache(timing.l1d)
        state = timing.pipeline.state
        branch = BranchCounters(branches=int(state["branches"]), mispredicted=int(state["mispredicted"]))
        main = timing.tlb.state
        tlb = TlbCounters(int(main["reads"]), int(main["read_misses"]), timing.table_reads)
    # The pipeline accounts for what programs do; the rest of a core's cycles was charged to it.
    causes["kernel"] = counters.cycles - sum(causes.values())
    causes["idle"] = counters.idle_cycles
    return dataclasses.replace(counters, l1i=l1i, l1d=l1d, tlb=tlb, branch=branch, cycle_causes=CycleCauses(**causes))


def warnings(cores: Sequence[Core]) -> list[RunWarning]:
    """A warning if the model did not see the accesses that it expected."""
    count = sum(int(core.timing.pipeline.state["mismatches"]) for core in cores if core.timing is not None)
    if not count:
        return []
    message = "blocks did not access memory as their micro-operations say; their cycles are approximate"
    return [RunWarning(WarningKind.OTHER, MISMATCH, count, message)]


def _cache(records: Records) -> CacheCounters:
    counts = {name: int(records.state[name]) for name in ("reads", "writes", "read_misses", "write_misses")}
    return CacheCounters(
        accesses=counts["reads"] + counts["writes"],
        misses=counts["read_misses"] + counts["write_misses"],
        writebacks=int(records.state["writebacks"]),
        writes=counts["writes"],
        write_misses=counts["write_misses"],
        transfers=int(records.state["transfers"]),
        upgrades=int(records.state["upgrades"]),
        invalidations=int(records.state["invalidations"]),
        prefetches=int(records.state["prefetches"]),
        prefetch_hits=int(records.state["prefetch_hits"]),
    )

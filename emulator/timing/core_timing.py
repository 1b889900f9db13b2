"""The records behind one core's timing, made from the configuration."""

from __future__ import annotations

import dataclasses
import mmap

import numpy as np

from emulator import record
from emulator.block_entry import COST_BYTES
from emulator.config import CacheConfig, DramConfig, HardwareConfig, InvalidHardware, PredictorConfig, Replacement
from emulator.native_code import timing_addresses
from emulator.physical_memory import PAGE_SIZE
from emulator.timing.memo import Memo
from emulator.timing.records import (
    ANSWER_SHIFT,
    BUFFER_RING,
    CACHE,
    DIRECTORY_SLOTS,
    DRAM,
    EDGE_CAUSES,
    FIFO,
    LRU,
    MOST_ANSWERS,
    MOST_CHANGES,
    PIPELINE,
    PREDICTOR,
    RANDOM,
    SECOND_ALU,
    STALL_RING,
    STORE_RING,
    TLB,
    TLB_HINTS,
    UNITS,
    Cause,
    Records,
)
from emulator.timing.uop import REGISTERS, Unit

LOG_ENTRIES = 4096
"""Accesses of one block that are kept; a block has at most some hundred."""
_TABLE_ENTRY_BYTES = 8
"""Of page tables."""
_POLICIES = {Replacement.LRU: LRU, Replacement.FIFO: FIFO, Replacement.RANDOM: RANDOM}

NOW = record.field(PIPELINE, "now")
BLOCK = record.field(PIPELINE, "block")
BLOCK_ADDRESS = record.field(PIPELINE, "block_address")
BLOCK_COUNT = record.field(PIPELINE, "block_count")
BLOCK_SIZE = record.field(PIPELINE, "block_size")
MISMATCHES = record.field(PIPELINE, "mismatches")
"""Numbers of fields among a pipeline's words."""
_LOGGED = record.field(PIPELINE, "logged")


def make_cache(config: CacheConfig, line_bytes: int) -> Records:
    """An empty cache. Raises InvalidHardware if its sets are not a power of two."""
    sets = config.size_bytes // line_bytes // config.ways
    if sets < 1 or sets & sets - 1 or sets * config.ways * line_bytes != config.size_bytes:
        raise InvalidHardware(
            f"a cache of {config.size_bytes} bytes with {config.ways} ways and lines of {line_bytes} bytes has no power"
            " of two of sets"
        )
    cache = _make_sets(sets, config.ways)
    state = cache.state
    state["policy"] = _POLICIES[config.replacement]
    state["latency"], state["response"] = config.latency_cycles, config.response_cycles
    state["miss_registers"] = config.miss_registers
    cache.room("misses_in_flight", config.miss_registers)
    cache.room("changes", 2 * MOST_CHANGES)
    return cache


def make_first_level(config: HardwareConfig) -> Records:
    """An empty first-level cache. Raises InvalidHardware if there can be none such."""
    line_bytes = config.coherence.line_bytes
    if line_bytes & line_bytes - 1:
        raise InvalidHardware(f"coherence.line_bytes is {line_bytes}, which is no power of two")
    cache = make_cache(config.l1, line_bytes)
    cache.state["tail"] = -(-line_bytes // config.coherence.bus_bytes)
    return cache


def _make_data_cache(config: HardwareConfig) -> Records:
    cache, prefetch = make_first_level(config), config.prefetch
    cache.state["stream_count"], cache.state["trigger"] = prefetch.streams, prefetch.trigger
    cache.state["depth"] = prefetch.depth
    cache.state["page_shift"] = _log2(PAGE_SIZE // config.coherence.line_bytes)
    cache.room("streams", 4 * prefetch.streams)
    return cache


def _make_sets(sets: int, ways: int) -> Records:
    cache = Records(CACHE)
    cache.state["sets"], cache.state["ways"] = sets, ways
    for name in ("lines", "stamps", "fills"):
        cache.room(name, sets * ways)
    return cache


def _make_tags(entries: int, ways: int, latency: int) -> Records:
    """A main TLB or walk cache: tags without lines. Raises InvalidHardware if its sets are not a power of two."""
    sets = entries // ways
    if entries % ways or sets & sets - 1:
        raise InvalidHardware(f"a TLB of {entries} entries with {ways} ways has no power of two of sets")
    tags = _make_sets(sets, ways)
    tags.state["latency"] = latency
    return tags


def _log2(number: int) -> int:
    return number.bit_length() - 1


def make_dram(config: DramConfig, frequency_hz: float, line_bytes: int) -> Records:
    """Main memory with all rows closed. Raises InvalidHardware if banks or rows are no powers of two."""
    if config.banks & config.banks - 1 or config.row_bytes & config.row_bytes - 1:
        raise InvalidHardware("numbers of banks and bytes of a row must be powers of two")
    if config.row_bytes < line_bytes:
        raise InvalidHardware(f"a row of {config.row_bytes} bytes does not hold a line of {line_bytes}")
    dram = Records(DRAM)
    state = dram.state
    state["period"] = round(1e12 / frequency_hz)
    state["banks"] = config.banks
    state["bank_shift"] = _log2(config.row_bytes // line_bytes)
    state["row_shift"] = state["bank_shift"] + _log2(config.banks)
    state["row_limit"] = config.row_accesses
    for name, time_ns in (
        ("frontend", config.frontend_ns),
        ("backend", config.backend_ns),
        ("bus", config.bus_ns),
        ("t_row", config.activate_ns),
        ("t_column", config.column_ns),
        ("t_precharge", config.precharge_ns),
        ("t_burst", config.burst_ns),
        ("t_turn", config.write_to_read_ns),
    ):
        state[name] = round(1000 * time_ns)
    state["high_writes"], state["low_writes"] = config.write_high, config.write_low
    dram.room("open_rows", config.banks, -1)
    dram.room("bank_ready", config.banks)
    dram.room("bank_begin", config.banks)
    dram.room("row_uses", config.banks)
    return dram


class SharedTiming:
    """What all cores share: the second-level cache and main memory, and where caches see the frames of memory."""

    def __init__(self, config: HardwareConfig, frames: int, *, register_pages: int = 0, memo: bool = True) -> None:
        """`frames`: of physical memory. `register_pages`: address of that record. `memo`: keep what blocks do, which
        changes nothing but the host's time.

        Raises InvalidHardware, also for what each core has of its own.
        """
        CoreTiming.check(config)
        self.memo = Memo(config.core.count) if memo else None
        self.register_pages = register_pages
        line_bytes = config.coherence.line_bytes
        self.l2 = make_cache(config.l2, line_bytes)
        self.dram = make_dram(config.dram, config.core.frequency_hz, line_bytes)
        # Anonymous memory of the host, so that only what is used costs any.
        self.placement = np.frombuffer(mmap.mmap(-1, 4 * frames), np.int32)
        self.colours = max(config.l1.size_bytes // config.l1.ways, config.l2.size_bytes // config.l2.ways) // PAGE_SIZE
        self.colours = max(self.colours, 1)
        self.placed = np.zeros(self.colours, np.int64)
        self._transfer = config.coherence.transfer_cycles
        self._directory = np.frombuffer(mmap.mmap(-1, 8 * DIRECTORY_SLOTS), np.int64)
        self._peers = np.zeros(config.core.count, np.int64)
        self._several = config.core.count > 1

    def join(self, number: int, l1d: Records, pipeline: Records) -> None:
        """Keep the data cache of a core coherent with those of others."""
        if self._several:
            self._peers[number] = l1d.address
            state = l1d.state
            state["number"], state["transfer"] = number, self._transfer
            state["contended"] = pipeline.address_of("contended")
            state["core_now"] = pipeline.address_of("now")
            l1d.room("contests", len(l1d.arrays["fills"]))
            state["peers"] = record.address_of(self._peers)
            state["directory"] = record.address_of(self._directory)


class CoreTiming:
    """One core's pipeline, predictor and first-level caches."""

    def __init__(self, number: int, config: HardwareConfig, shared: SharedTiming, *, profile: bool = False) -> None:
        """`profile`: note what each block costs."""
        self.l1i, self.l1d = make_first_level(config), _make_data_cache(config)
        table = config.tlb
        self.tlb = _make_tags(table.entries, table.ways, table.latency_cycles)
        """The main TLB."""
        self._walks = _make_tags(table.walk_entries, table.walk_ways, 0)
        self._itlb, self._dtlb = self._make_micro_tlb(config), self._make_micro_tlb(config)
        self.predictor = _make_predictor(config.predictor)
        self.pipeline = Records(PIPELINE)
        self._make_pipeline(config)
        shared.join(number, self.l1d, self.pipeline)
        if profile:
            self.pipeline.room("noted", len(Cause))
        self.pipeline.state["self"] = self.pipeline.address
        for name in ("retire_block", "retire"):
            self.pipeline.state[name] = timing_addresses()[f"call_{name}"]
        state = self.pipeline.state
        for name, records in (
            ("l1i", self.l1i),
            ("l1d", self.l1d),
            ("l2", shared.l2),
            ("dram", shared.dram),
            ("itlb", self._itlb),
            ("dtlb", self._dtlb),
            ("predictor", self.predictor),
        ):
            state[name] = records.address
        state["register_pages"] = shared.register_pages
        self.address = self.pipeline.address
        if shared.memo is not None:
            shared.memo.share(self.pipeline)
        self.words = record.words(self.pipeline.array)

    @staticmethod
    def check(config: HardwareConfig) -> None:
        """Raises InvalidHardware if no core can be made so."""
        make_first_level(config)
        _make_tags(config.tlb.entries, config.tlb.ways, 0)
        _make_tags(config.tlb.walk_entries, config.tlb.walk_ways, 0)
        _make_predictor(config.predictor)

    def _make_micro_tlb(self, config: HardwareConfig) -> Records:
        tlb = Records(TLB)
        entries = config.tlb.micro_entries
        tlb.state["page_shift"] = _log2(PAGE_SIZE // config.coherence.line_bytes)
        tlb.state["entries_shift"] = _log2(config.coherence.line_bytes // _TABLE_ENTRY_BYTES)
        tlb.room("pages", max(entries, 1), -1)
        tlb.room("hints", TLB_HINTS, -1)
        tlb.state["entries"] = entries
        tlb.state["main"], tlb.state["walks"] = self.tlb.address, self._walks.address
        return tlb

    def _make_pipeline(self, config: HardwareConfig) -> None:
        room = self.pipeline.room
        room("decode_ring", BUFFER_RING)
        room("execute_ring", BUFFER_RING)
        for name in ("ready", "written"):
            room(name, REGISTERS)
        room("unit_issued", UNITS, -1)
        for name in ("stall_end", "stall_index"):
            room(name, UNITS)
        room("stalls", UNITS * STALL_RING * 2)
        cycles_per_ns = config.core.frequency_hz * 1e-9
        table, tile = config.pipeline, config.tile
        latencies = room("latencies", UNITS, 1)
        latencies[[Unit.ALU, SECOND_ALU]] = table.alu_cycles
        latencies[Unit.MULTIPLY] = table.multiply_cycles
        latencies[Unit.DIVIDE] = table.divide_cycles
        latencies[Unit.SIMD] = table.simd_cycles
        latencies[Unit.AIMC_PROCESS] = max(round(tile.mvm_ns * cycles_per_ns), 1)
        # One unit for queue and dequeue, and one for parameters, as in ALPINE: the longer latency of the two.
        latencies[Unit.AIMC_IO] = max(round(max(tile.queue_ns, tile.dequeue_ns) * cycles_per_ns), 1)
        latencies[Unit.AIMC_PARAMETER] = max(
            round(max(tile.parameter_read_ns, tile.parameter_write_ns, tile.status_ns) * cycles_per_ns), 1
        )
        intervals = room("intervals", UNITS, 1)
        intervals[Unit.DIVIDE] = table.divide_cycles
        relative = room("relative", UNITS, table.forward_cycles)
        relative[[Unit.MULTIPLY, Unit.DIVIDE]] = 0
        relative[Unit.MEMORY] = 1
        room("stores", STORE_RING * 4)
        room("causes", max(len(Cause), EDGE_CAUSES))
        room("log", LOG_ENTRIES * 2)
        room("answers", MOST_ANSWERS << ANSWER_SHIFT - 3)
        room("block", COST_BYTES // 8)  # before the first one
        state = self.pipeline.state
        state["block"] += COST_BYTES
        state["line_shift"] = _log2(config.coherence.line_bytes)
        state["decode_buffer"], state["execute_buffer"] = table.decode_buffer_entries, table.execute_buffer_entries
        state["store_buffer"] = table.store_buffer_entries
        state["load_extra"] = table.load_extra_cycles
        state["log_limit"] = LOG_ENTRIES
        state["line"] = -1
        state["state"] = -1
        state["memory_issued"] = state["memory_committed"] = -1

    def forget_block(self) -> None:
        """The block entered last was run to learn something, and costs nothing."""
        self.words[BLOCK_COUNT] = self.words[_LOGGED] = 0

    @property
    def table_reads(self) -> int:
        """Lines of page tables that were read."""
        return int(self.tlb.state["read_misses"] + self._walks.state["read_misses"])

    def causes(self) -> dict[str, int]:
        """Cycles by what they were spent on."""
        values = self.pipeline.arrays["causes"].tolist()
        return {cause.name.lower(): values[cause] for cause in Cause}


def _make_predictor(config: PredictorConfig) -> Records:
    """A predictor that knows nothing. Raises InvalidHardware if a size is no power of two."""
    records = Records(PREDICTOR)
    for item in dataclasses.fields(config):
        size = getattr(config, item.name)
        if size & size - 1:
            raise InvalidHardware(f"predictor.{item.name} is {size}, which is no power of two")
        records.state[item.name] = size
    records.room("local_histories", config.local_history_entries)
    records.room("local_counters", config.local_counter_entries, dtype=np.int8)
    records.room("global_counters", config.global_counter_entries, dtype=np.int8)
    records.room("choice_counters", config.global_counter_entries, dtype=np.int8)
    records.room("btb_tags", config.btb_entries)
    records.room("btb_targets", config.btb_entries)
    records.room("returns", config.return_entries)
    records.room("indirect_tags", config.indirect_sets * config.indirect_ways)
    records.room("indirect_targets", config.indirect_sets * config.indirect_ways)
    return records

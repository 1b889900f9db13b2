"""Records of the timing model, shared by compiled code and Python as those of `emulator/record.py` are."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from emulator import record
from emulator.record import integers

# One cache: `ways` entries per set, each with a line number, a stamp of its last use, and the time of its fill.
CACHE = integers(
    "sets",
    "ways",
    "policy",  # LRU, FIFO or RANDOM
    "seed",  # of random replacement
    "lines",  # address of an int64 per way: line number above its state (`cache_operations.py`)
    "stamps",  # address of an int64 per way: counts up at each use
    "fills",  # address of an int64 per way: cycle at which the line is there
    "clock",  # of stamps
    "latency",  # cycles of a hit
    "response",  # cycles that a fill takes on its way up
    "tail",  # cycles from the first to the last bytes of a line on its way up
    "misses_in_flight",  # address of an int64 per miss register: cycle at which it is free
    "miss_registers",
    "miss_time",  # cycles that the last miss took
    "reads",
    "writes",
    "read_misses",
    "write_misses",
    "writebacks",
    # Coherence, of a data cache of several
    "number",  # of its core
    "peers",  # address of the addresses of all cores' data caches; 0 for a cache that is alone
    "directory",  # address of DIRECTORY_SLOTS int64: a bit for each core that ever had one of a slot's lines
    "contended",  # address of the core's field of that name
    "core_now",  # address of the core's field `now`
    "contested",  # how far in time the other cores are that had the line of the last miss
    "contests",  # address of an int64 per way: until when other cores use the line too
    "transfer",  # cycles from a request to the data of another core's cache
    "transfers",  # misses that another core's cache answered
    "upgrades",  # writes to a line that others may have had
    "invalidations",  # lines lost to writes of other cores
    "served",  # Cause of waiting for the access that came last
    "delays",  # misses, hits on lines under way, and of instructions, translations that were waited for
    # Prefetching, of a data cache
    "streams",  # address of 4 int64 per stream: last line, stride in lines, lines seen in sequence, stamp of the last
    "stream_count",  # 0 without prefetching
    "trigger",  # lines in sequence after which those that follow are prefetched
    "depth",  # how many
    "page_shift",  # from a line to its page, which no prefetch leaves
    "prefetches",  # lines prefetched
    "prefetch_hits",  # lines prefetched that were used
    "changes",  # address of MOST_CHANGES pairs of int64: ways whose lines the last access changed, or waits for anew,
    "changed",  # and the lines that were there; and how many
)

MOST_PREFETCHED = 8
"""Lines that one access may have prefetched."""
MOST_CHANGES = MOST_PREFETCHED + 2

LRU, FIFO, RANDOM = range(3)
"""Which line of a set makes room: that used least recently, that fetched first, any."""
DIRECTORY_SLOTS = 1 << 18

# A micro TLB.
TLB = integers(
    "entries",  # 0 if translation costs nothing
    "pages",  # address of an int64 per entry: page number, -1 for none
    "next",  # the entry that is replaced next
    "hints",  # address of TLB_HINTS int64: a page that is there, by its low bits, or -1
    "lost",  # the page replaced last
    "main",  # the main TLB, a CACHE whose lines are pages
    "walks",  # the walk cache, a CACHE whose lines are tables of the last level
    "page_shift",  # from the number of a line to that of its page
    "entries_shift",  # from a page to the line of its entry in a page table
)

TLB_HINTS = 64
"""Places in which a page is looked for before all entries are; a power of two."""

# Main memory behind the second-level cache. Times in picoseconds of virtual time.
DRAM = integers(
    "period",  # of the core's clock
    "banks",
    "row_shift",  # address bits below a row
    "bank_shift",
    "open_rows",  # address of an int64 per bank: row number, -1 for none
    "bank_ready",  # address of an int64 per bank
    "bank_begin",  # address of an int64 per bank: when its last access began
    "row_uses",  # address of an int64 per bank
    "row_limit",  # accesses after which a row is closed
    "bus_ready",
    "bus_begin",  # of the last transfer
    "frontend",
    "backend",
    "bus",  # there and back, without memory
    "t_row",  # tRCD
    "t_column",  # tCL
    "t_precharge",  # tRP
    "t_burst",
    "t_turn",  # write to read
    "queued_writes",
    "high_writes",  # queued writes at which they are drained,
    "low_writes",  # down to so many
    "reads",
    "writes",
    "row_hits",
)

# The pipeline of one core. Times in cycles.
PIPELINE = integers(
    "self",  # address of this record
    "retire_block",  # address of the compiled `call_retire_block`
    "retire",  # address of the compiled `call_retire`
    "line_shift",  # from an address to the number of its line
    "now",  # commit of the last micro-operation
    "committed",  # micro-operations committed at `now`
    "memory_committed",  # cycle of the last commit of an access
    # Fetch
    "line",  # number of the line that Fetch2 takes instructions from, -1 for none
    "line_at",  # since when it has it
    "next_line",  # the one that is being or was fetched behind it
    "next_at",  # when Fetch1 has it
    "fetched",  # cycle of the last instruction that left Fetch2
    "fetched_count",  # how many left in it
    "fetch_cause",  # Cause of waiting for what is fetched now
    # Decode: rings of the cycles in which entries of the buffers behind Fetch2 and Decode were taken
    "decoded",
    "decoded_count",
    "decode_buffer",  # entries of the buffer behind Fetch2
    "decode_ring",  # address of BUFFER_RING int64
    "decode_entry",
    "execute_buffer",  # entries of the buffer behind Decode
    "execute_ring",  # address of BUFFER_RING int64
    "execute_entry",
    # Issue
    "issued",
    "issued_count",
    "memory_issued",  # cycle of the last issue of an access, after which no more is issued in that cycle
    "ready",  # address of an int64 per register: cycle at which its result is back
    "written",  # address of an int64 per register: commit of its last writer
    "unit_issued",  # address of an int64 per unit: last issue
    "stall_end",  # address of an int64 per unit
    "stalls",  # address of 8 pairs of int64 per unit: from, to
    "stall_index",  # address of an int64 per unit
    "latencies",  # address of an int64 per unit
    "intervals",  # address of an int64 per unit: cycles between two issues
    "relative",  # address of an int64 per unit: how much earlier than its result a source may be issued on
    "load_extra",  # latency that is assumed of loads on top of their unit's
    # Loads and stores
    "request_free",
    "access_1",  # commits of the last two accesses, doubled; odd for the second commit of a cycle
    "access_2",
    "waiting_from_1",  # since when each of the last two is the oldest operation and asked for,
    "waiting_to_1",  # and when it is answered
    "waiting_from_2",
    "waiting_to_2",
    "store_until",  # commit of the last store
    "sent",  # when the access asked for last left
    "served",  # Cause of waiting for it
    "dropped",  # the page whose translation was replaced for it, -1 for none
    "port_1",  # cycles at which the two accesses that memory serves at once are done
    "port_2",
    "store_buffer",  # entries of the store buffer
    "stores",  # address of STORE_RING quadruples of int64: address, bytes, done, Cause of not being done yet
    "store_index",
    "store_sent",
    "store_sent_count",
    "contended",  # 1: a line was taken from another core's cache
    "tile_free",  # cycle at which the tile's MVM is done
    "register_pages",  # address of the REGISTER_PAGES record
    "bus_free",  # cycle at which the bus to registers of tiles is
    # Branch prediction
    "predictor",  # address of the PREDICTOR record
    # Behind it
    "l1i",
    "l1d",
    "l2",
    "dram",
    "itlb",
    "dtlb",
    # Accesses of the block that runs, as the memory hook saw them
    "log",  # address of pairs of int64: where caches see it, or REGISTER_PLACE | physical address; bytes | written << 8
    "logged",
    "log_limit",
    # Answers to the accesses of the block that is gone through
    "answers",  # address of 32 int64 per line accessed: cycles << 4 | Cause, negative if not sent; when it was sent;
    # the page whose translation it replaced; its part of a key; how many ways it changed; each, and the line it had
    "answered",  # how many
    "known",  # how many of them are there before, and not asked for again
    # The block entered last
    "block",  # address of its micro-operations, which is never 0: its costs are ahead of them, its accesses behind
    "block_number",  # no other block of the machine ever has the same
    "block_count",
    "block_address",
    "block_placed",  # where caches see its first instruction
    "block_size",
    # Counters
    "uops",
    "mismatches",  # blocks whose accesses were not those that its micro-operations ask for
    "loads",
    "stores_done",
    "branches",
    "mispredicted",
    "causes",  # address of an int64 per Cause: cycles
    "noted",  # address of the same, up to the last block whose cost was noted for a profile; 0 without one
    # Memory of what blocks did before (memo_operations.py)
    "memo",  # address of the MEMO record; 0 to do without
    "state",  # where the memo has the times above, relative to `now`; negative if they are in this record
    "ahead",  # 1: its branch had a further line fetched
    "elsewhere",  # lines that its wrong prediction had fetched
)

# What blocks do from each state of the pipeline that they were entered in, for all cores of a machine.
MEMO = integers(
    "words",  # address of int64: encoded states
    "next_word",
    "word_limit",
    "states",  # address of an int64 per slot: where a state is + 1, or 0
    "state_mask",  # number of slots - 1
    "edges",  # address of 8 int64 per slot
    "edge_mask",
    "edge_count",
    "ways",  # address of room for the ways that a block accesses, or ~(line << 1 | written)
    "pieces",  # how many
    "waits",  # how many of them may not be answered at once
    "passed",  # how many were accessed
    "unsent",  # bits for those that were not, as the store buffer has what they want
    "stored",  # stores of the block that is looked at,
    "ordered",  # and those that go past the store buffer
    "loaded",
    "before",  # address of an int64 per Cause
    "cores",  # address of the addresses of all PIPELINE records
    "core_count",
    "missed",  # blocks that were gone through although the memo was in use, and
    "found",  # that were not
    "rest",  # blocks to go before the next search, while nothing repeats
    "resets",
)

# The branch predictor. Numbers of entries are powers of two.
PREDICTOR = integers(
    "local_history_entries",
    "local_counter_entries",
    "global_counter_entries",
    "btb_entries",
    "return_entries",
    "indirect_sets",
    "indirect_ways",
    "history",  # global
    "local_histories",  # address
    "local_counters",
    "global_counters",
    "choice_counters",
    "btb_tags",
    "btb_targets",
    "returns",
    "return_top",
    "indirect_tags",
    "indirect_targets",
    "path",
    "predicted",  # where the last branch was said to go
)

LEVEL_BITS = 4
"""For the cause of waiting for an access, below when it is answered."""
MOST_ANSWERS = 256
"""Lines accessed by one block whose answers are kept."""
EDGE_SHIFT = 6
"""From an edge's slot to its offset in bytes."""
EDGE_CAUSES = 12
"""Room for causes in an edge."""
ANSWER_SHIFT = 8
"""From the number of an answer to its offset in bytes."""
REGISTER_PLACE = 1 << 60
"""In the log and the store buffer, above all places of memory: an access to the registers of a tile."""
STORE_RING = 128
"""Stores that are remembered: those of the store buffer, and the ones of a block that is looked at ahead."""
MOST_STORES = 16
"""Entries that the store buffer may have."""
BUFFER_RING = 16
"""Entries of the buffers behind Fetch2 and Decode that are remembered: one more than they may have."""
STALL_RING = 8
"""Times for which a unit stood still that are remembered: more than it holds operations."""
SECOND_ALU = 8
UNITS = 9
"""Functional units: those of `uop.Unit`, and a second ALU."""


class Cause(IntEnum):
    """What a cycle was spent on, by what delayed the commit of the micro-operation that ended it."""

    BASE = 0
    """Nothing: micro-operations commit in each."""
    DEPENDENCY = 1
    """A source was not ready."""
    UNIT = 2
    """A functional unit was busy or stood still."""
    FETCH = 3
    """Nothing was decoded: taken branches, instruction-cache misses."""
    BRANCH = 4
    """The same after a branch that was predicted wrongly."""
    L1D = 5
    """An access was not answered that the first-level data cache, or the store buffer, answers."""
    AIMC = 6
    """An AIMC instruction was under way."""
    L2 = 7
    """An access was not answered that the second-level cache or another core's cache answers."""
    DRAM = 8
    """An access was not answered that main memory answers."""
    TLB = 9
    """An access, or what is fetched, waited for the translation of its address."""


class Records:
    """A record whose array fields are kept alive with it."""

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        self.array = record.new(dtype)
        self.state = self.array[0]
        self.address = record.address_of(self.array)
        self.arrays: dict[str, npt.NDArray[np.int64]] = {}

    def address_of(self, name: str) -> int:
        """Host address of a field."""
        fields = self.array.dtype.fields
        assert fields is not None
        return self.address + fields[name][1]

    def room(self, name: str, count: int, fill: int = 0, dtype: type = np.int64) -> npt.NDArray[np.int64]:
        """An array whose address the field holds."""
        values: npt.NDArray[np.int64] = np.full(count, fill, dtype)
        self.arrays[name] = values
        self.state[name] = record.address_of(values)
        return values

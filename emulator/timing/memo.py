"""The room in which the timing model keeps what blocks did (`memo_operations.py`)."""

from __future__ import annotations

import mmap
from contextlib import suppress

import numpy as np

from emulator import record
from emulator.timing.records import EDGE_CAUSES, EDGE_SHIFT, MEMO, MOST_ANSWERS, Records

WORDS = 1 << 21
"""Of encoded states, some 50 each: 16 MiB. Below 2^22, as an edge's key has so many bits for a state."""
_STATE_SLOTS = 1 << 17
_EDGE_SLOTS = 1 << 17


class Memo:
    """Shared by all cores of a machine, as their pipelines are alike. When it is full it begins again."""

    def __init__(self, cores: int) -> None:
        """`cores`: most pipelines that may share it."""
        self._records = Records(MEMO)
        state = self._records.state
        self._maps = []
        for name, size in (("words", WORDS << 3), ("states", _STATE_SLOTS << 3), ("edges", _EDGE_SLOTS << EDGE_SHIFT)):
            # Anonymous memory of the host, so that only what is used costs any; in large pages if it has them, for what
            # is looked up lies scattered.
            memory = mmap.mmap(-1, size)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                with suppress(OSError):
                    memory.madvise(mmap.MADV_HUGEPAGE)
            room = np.frombuffer(memory, np.int64)
            self._maps.append(room)
            state[name] = record.address_of(room)
        state["word_limit"] = WORDS
        state["state_mask"], state["edge_mask"] = _STATE_SLOTS - 1, _EDGE_SLOTS - 1
        self._records.room("ways", 2 * MOST_ANSWERS)
        self._records.room("before", EDGE_CAUSES)
        self._cores = self._records.room("cores", cores)

    def share(self, pipeline: Records) -> None:
        """Let a pipeline use it."""
        state = self._records.state
        self._cores[int(state["core_count"])] = pipeline.address
        state["core_count"] += 1
        pipeline.state["memo"] = self._records.address

    @property
    def missed(self) -> int:
        """Blocks that were gone through although the memo was in use, since it was last judged."""
        return int(self._records.state["missed"])

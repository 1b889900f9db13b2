"""An AIMC tile in a page of NumPy, to check the real one against."""

from __future__ import annotations

from collections import Counter

import numpy as np

from emulator.config import Compat, TileConfig


class TileModel:
    """One tile as DESIGN describes it; counters by name in `counts`."""

    def __init__(self, config: TileConfig, compat: Compat) -> None:
        self.rows, self.columns, self.shift = config.rows, config.columns, config.output_shift
        self.alpine = compat is Compat.ALPINE
        self.crossbar = np.zeros((self.rows, self.columns), np.int8)
        self.inputs = np.zeros(self.rows, np.int8)
        self.outputs = np.zeros(self.columns, np.int8)
        self.queued = self.dequeued = self.used_columns = 0
        self.counts: Counter[str] = Counter()

    def queue(self, word: int) -> None:
        lanes = np.frombuffer((word & 0xFFFFFFFF).to_bytes(4, "little"), np.int8)
        position, self.queued = self.queued, self.queued + 4
        self.counts["queued_words"] += 1
        if self.alpine and position + 4 >= self.rows:
            self.counts["queue_past_end"] += 1
            return
        fitting = lanes[: max(self.rows - position, 0)]
        self.inputs[position : position + len(fitting)] = fitting
        if position >= self.rows or lanes[len(fitting) :].any():
            self.counts["queue_past_end"] += 1

    def process(self) -> None:
        sums = self.inputs.astype(np.int64) @ self.crossbar.astype(np.int64)
        scaled = np.floor(sums / 2**self.shift + (0.5 if self.shift else 0)).astype(np.int64)
        self.outputs = np.clip(scaled, -128, 127).astype(np.int8)
        self.counts["saturated_outputs"] += int((scaled != self.outputs).sum())
        self.counts["active_cells"] += min(self.queued, self.rows) * self.used_columns
        self.counts["mvms"] += 1
        self.inputs[:] = 0
        self.queued = self.dequeued = 0

    def dequeue(self) -> int:
        position, self.dequeued = self.dequeued, self.dequeued + 4
        self.counts["dequeued_words"] += 1
        self.counts["dequeue_before_process"] += self.counts["mvms"] == 0
        if position >= self.columns or (self.alpine and position + 4 >= self.columns):
            self.counts["dequeue_past_end"] += 1
            return 0
        return int.from_bytes(self.outputs[position : position + 4].tobytes().ljust(4, b"\0"), "little")

    def _cell(self, x: int, y: int) -> tuple[int, int] | None:
        if self.alpine:
            y, x = divmod(y * self.columns + x, self.columns)
        if 0 <= x < self.columns and 0 <= y < self.rows:
            return y, x
        self.counts["parameter_out_of_range"] += 1
        return None

    def parameter_write(self, x: int, y: int, value: int) -> int:
        cell = self._cell(x, y)
        if cell is None:
            return 1
        self.crossbar[cell] = np.uint8(value & 0xFF).astype(np.int8)
        self.used_columns = max(self.used_columns, cell[1] + 1)
        self.counts["programmed_weights"] += 1
        return 0

    def parameter_read(self, x: int, y: int) -> int:
        cell = self._cell(x, y)
        if cell is None:
            return 0
        self.counts["read_weights"] += 1
        return int(self.crossbar[cell])

    def status(self, selector: int) -> int:
        self.counts["status_reads"] += 1
        misuse = ("queue_past_end", "dequeue_past_end", "dequeue_before_process", "parameter_out_of_range")
        values = (
            1,
            self.rows,
            self.columns,
            sum(self.counts[kind] for kind in misuse),
            self.counts["saturated_outputs"],
        )
        return values[selector] if 0 <= selector < len(values) else 0

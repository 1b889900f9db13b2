"""The tiles as the driver sees them: who has them, whose weights they hold, and for which process instructions work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driver.uapi import Counter

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from driver.context import Context, Job
    from driver.power import TilePower
    from emulator.core import Core
    from emulator.tile import Vectors
    from guest.mm.address_space import AddressSpace
    from guest.task import Task


@dataclass(frozen=True)
class SavedWeights:
    """What a context had in a tile that another one has now."""

    columns: npt.NDArray[np.int8]
    """As `Tile.take_weights` gave it."""
    rows: int
    """Rows up to the last one that may hold weights."""

    @property
    def count(self) -> int:
        """Weights that have to be read or written to move it."""
        return len(self.columns) * self.rows


class Binding:
    """A process uses a tile by instructions, for a context."""

    def __init__(self, context: Context, mm: AddressSpace) -> None:
        self.context = context
        self.mm = mm
        self.vectors: dict[Task, Vectors] = {}
        """Of threads that were interrupted by others in the middle of their work."""

    @property
    def is_alive(self) -> bool:
        """Whether the process still is what it was: it has not ended, and runs the same program."""
        return self.mm.users > 0


class ManagedTile:
    """One tile."""

    def __init__(self, core: Core, now_ns: Callable[[], int], power: TilePower) -> None:
        """`now_ns`: the time of devices, which ages them."""
        self.core = core
        self.power = power
        self.number = core.number
        self.tile = core.tile
        self.contexts: list[Context] = []
        """That have it: one, or several that share it."""
        self.resident: Context | None = None
        """Whose weights it holds."""
        self.running: Job | None = None
        self.busy_ns = 0.0
        self._used_rows = 0
        """Rows up to the last one that may hold weights."""
        self.holds: Task | None = None
        """Whose vectors are in its input and output memories, of those that use it by instructions."""
        self._binding: Binding | None = None
        self._now_ns = now_ns
        self._programmed_ns = self._calibrated_ns = now_ns()

    @property
    def binding(self) -> Binding | None:
        """Who uses it by instructions."""
        if self._binding is not None and not self._binding.is_alive:
            self.unbind()
        return self._binding

    def bind(self, context: Context, mm: AddressSpace) -> float:
        """Let a process use it by instructions; in how many nanoseconds it is there."""
        self._binding = Binding(context, mm)
        self._used_rows = self.tile.config.rows  # instructions may write any weight
        return self.power.hold()

    def unbind(self) -> None:
        """Instructions are undefined again."""
        self._binding = self.holds = None
        self.power.release()
        self.core.enable_tile(False)
        self.tile.put_vectors(None)

    def program(self, weights: npt.NDArray[np.int8], row: int, column: int) -> None:
        """Write weights of shape (rows, columns)."""
        self.tile.program(weights, row, column)
        self._used_rows = max(self._used_rows, row + len(weights))
        self._programmed_ns = self._calibrated_ns = self._now_ns()

    def calibrate(self) -> None:
        """Its drift is compensated for now."""
        self._calibrated_ns = self._now_ns()

    def give_to(self, context: Context | None) -> int:
        """Let it hold the weights of a context, none at first; how many weights were read and written for that."""
        if self.resident is context:
            return 0
        moved = 0
        if self.resident is not None and self in self.resident.tiles.values():
            saved = SavedWeights(self.tile.take_weights(), self._used_rows)
            self.resident.weights[self.number] = saved
            moved += saved.count
        restored = None if context is None else context.weights.pop(self.number, None)
        self.tile.put_weights(None if restored is None else restored.columns)
        self._used_rows = 0 if restored is None else restored.rows
        self.resident = context
        return moved + (0 if restored is None else restored.count)

    def leave(self, context: Context) -> None:
        """A context has it no longer."""
        self.contexts.remove(context)
        if self.number in context.kept_on:
            self.power.release()
        if self._binding is not None and self._binding.context is context:
            self.unbind()
        if self.resident is context:
            self.tile.put_weights(None)
            self._used_rows = 0
            self.resident = None

    def count(self, counter: Counter) -> int:
        """What one of its counters says, since the machine started."""
        counters = self.tile.counters()
        match counter:
            case Counter.MVMS:
                return counters.mvms
            case Counter.QUEUED_WORDS:
                return counters.queued_words
            case Counter.DEQUEUED_WORDS:
                return counters.dequeued_words
            case Counter.PROGRAMMED_WEIGHTS:
                return counters.programmed_weights
            case Counter.SATURATED_OUTPUTS:
                return counters.saturated_outputs
            case Counter.ACTIVE_CELLS:
                return counters.active_cells
            case Counter.BUSY_NS:
                return round(self.busy_ns)
            case Counter.WAKES:
                return self.power.wakes

    @property
    def age_ns(self) -> int:
        """Since weights were programmed last."""
        return self._now_ns() - self._programmed_ns

    @property
    def calibrated_ns(self) -> int:
        """Since it was calibrated, or programmed."""
        return self._now_ns() - self._calibrated_ns

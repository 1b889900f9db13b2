"""The tiles as the driver sees them: who has them, whose weights they hold, and for which process instructions work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driver.uapi import Counter

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from driver.context import Context, Job
    from driver.power import TilePower
    from driver.registers import RegisterPage
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
        self.lent_ns = 0
        """Since when it has worked for instructions of the context that it holds weights of, which were there then."""
        self.wanted_ns = 0
        """Until then an instruction that waits for the end of a job may come back for it."""
        self.registers: RegisterPage | None = None
        """By which it is used, while it is."""
        self._bindings: list[Binding] = []
        self._now_ns = now_ns
        self._programmed_ns = self._calibrated_ns = now_ns()

    @property
    def bindings(self) -> list[Binding]:
        """Who may use it by instructions: one, or one of each context that shares it."""
        for binding in self._bindings:
            if not binding.is_alive:
                self.unbind(binding)
        return self._bindings

    @property
    def is_bound(self) -> bool:
        """Whether it may be used by instructions or registers."""
        return self.registers is not None or bool(self.bindings)

    def is_bound_for(self, context: Context) -> bool:
        """Whether that is for this context."""
        if self.registers is not None:
            return self.registers.context is context
        return any(binding.context is context for binding in self.bindings)

    def binding_of(self, mm: AddressSpace) -> Binding | None:
        """By which a process may use it by instructions."""
        for binding in self.bindings:
            if binding.mm is mm:
                return binding
        return None

    def is_kept_from(self, context: Context, now_ns: int) -> bool:
        """Whether another one is in its quantum and has a job for it, which may yet have to begin."""
        return any(
            other.slice_end_ns > now_ns and other.waiting and not other.paused and self in other.waiting[0].work.tiles
            for other in self.contexts
            if other is not context
        )

    def bind(self, context: Context, mm: AddressSpace) -> float:
        """Let a process use it by instructions; in how many nanoseconds it is there."""
        self._bindings = [*self._bindings, Binding(context, mm)]
        return self.power.hold()

    def unbind(self, binding: Binding) -> None:
        """Instructions of the process are undefined again."""
        self._bindings = [one for one in self._bindings if one is not binding]
        if self.holds is not None and self.resident is binding.context:
            self._empty()
        self.power.release()

    def use_registers(self, page: RegisterPage) -> float:
        """Let it be used through a page of registers; in how many nanoseconds it is there."""
        self.registers = page
        self.give_to(page.context)
        self.tile.put_vectors(None)
        return self.power.hold()

    def end_registers(self) -> None:
        """Nobody reaches it through registers any more."""
        assert self.registers is not None
        self.registers.revoke()
        self.registers = None
        self.tile.put_vectors(None)
        self.power.release()

    def end_all(self) -> None:
        """End all use by instructions and registers."""
        for binding in self.bindings:
            self.unbind(binding)
        if self.registers is not None:
            self.end_registers()

    def lend(self, binding: Binding, task: Task) -> int:
        """Let instructions of a thread work; how many weights were moved for that. Its vectors are to be put there."""
        moved = self.give_to(binding.context)
        self._used_rows = self.tile.config.rows  # instructions may write any weight
        self.holds = task
        self.wanted_ns = 0
        return moved

    def take_back(self) -> bool:
        """Keep the vectors of the thread that uses it by instructions for later; whether there are any."""
        before = self.holds
        if before is None:
            return False
        binding = self.binding_of(before.mm) if not before.exited else None
        if binding is not None:
            alive = {task: vectors for task, vectors in binding.vectors.items() if not task.exited}
            binding.vectors = {**alive, before: self.tile.take_vectors()}
        self._empty()
        return binding is not None

    @property
    def vector_words(self) -> int:
        """Words of 4 bytes that are moved to keep the vectors of a thread, or to put them back."""
        return -(-(self.tile.config.rows + self.tile.config.columns) // 4)

    def _empty(self) -> None:
        self.holds = None
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
        for binding in self.bindings:
            if binding.context is context:
                self.unbind(binding)
        if self.registers is not None and self.registers.context is context:
            self.end_registers()
        if self.resident is context:
            self.tile.put_weights(None)
            self._used_rows = 0
            self.resident = None

    def count(self, counter: Counter) -> int:
        """What one of its counters says, since the machine started."""
        return _COUNTERS[counter](self)

    @property
    def age_ns(self) -> int:
        """Since weights were programmed last."""
        return self._now_ns() - self._programmed_ns

    @property
    def calibrated_ns(self) -> int:
        """Since it was calibrated, or programmed."""
        return self._now_ns() - self._calibrated_ns


_COUNTERS: dict[Counter, Callable[[ManagedTile], int]] = {
    Counter.MVMS: lambda tile: tile.tile.counters().mvms,
    Counter.QUEUED_WORDS: lambda tile: tile.tile.counters().queued_words,
    Counter.DEQUEUED_WORDS: lambda tile: tile.tile.counters().dequeued_words,
    Counter.PROGRAMMED_WEIGHTS: lambda tile: tile.tile.counters().programmed_weights,
    Counter.SATURATED_OUTPUTS: lambda tile: tile.tile.counters().saturated_outputs,
    Counter.ACTIVE_CELLS: lambda tile: tile.tile.counters().active_cells,
    Counter.BUSY_NS: lambda tile: round(tile.busy_ns),
    Counter.WAKES: lambda tile: tile.power.wakes,
}

"""What code has cost, block by block, for profiles: kept although blocks are forgotten and address spaces end.

The hooks count in the tables of blocks (`block.py`), which are searched by virtual address. A profile takes the counts
over before they are lost, under names that stay true: what the code belongs to and where in it, as the address space's
owner knows it. Equal code at equal places is one block, whichever process ran it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import NamedTuple

from emulator.record import SUBCYCLES
from emulator.timing.records import Cause

INSTRUCTION_BYTES = 4


class CodePlace(NamedTuple):
    """Where code is, independent of where it is mapped."""

    owner: Hashable
    """What it belongs to: for whoever made the address space to know."""
    offset: int
    """Bytes from its begin."""


PlaceOf = Callable[[int], CodePlace]
"""The place of an address of one address space, as it is now."""


class CodeBlock(NamedTuple):
    """A block: where it begins, and the class of each of its instructions."""

    owner: Hashable
    offset: int
    kinds: bytes


@dataclass(slots=True)
class BlockCost:
    """What all executions of a block took."""

    executions: int = 0
    causes: list[int] = field(default_factory=lambda: [0] * len(Cause))
    """Subcycles by `Cause`, at timing fidelity; at functional fidelity they follow from executions and classes."""
    cuts: Counter[int] = field(default_factory=Counter)
    """How many executions an exception ended, by the number of instructions that were carried out."""


class InstructionCost(NamedTuple):
    """What an instruction of a block took."""

    executions: int
    subcycles: int
    causes: tuple[int, ...] = ()
    """The subcycles by `Cause`, at timing fidelity."""


class CodeProfile:
    """The cost of all blocks of a machine."""

    def __init__(self, class_subcycles: Sequence[int], *, timed: bool) -> None:
        """`class_subcycles`: the cost of an instruction of each class. `timed`: cycles of blocks are counted."""
        self._class_subcycles = [int(cost) for cost in class_subcycles]
        self._timed = timed
        self._blocks: dict[CodeBlock, BlockCost] = {}

    def block(self, place: CodePlace, kinds: bytes) -> BlockCost:
        """The account of a block, to be added to."""
        key = CodeBlock(place.owner, place.offset, kinds)
        cost = self._blocks.get(key)
        if cost is None:
            cost = self._blocks[key] = BlockCost()
        return cost

    def blocks(self) -> Iterator[tuple[CodeBlock, list[InstructionCost]]]:
        """Each block with what its instructions took; together exactly what the cores spent outside the kernel."""
        for block, cost in self._blocks.items():
            yield block, self._instructions(block, cost)

    def _instructions(self, block: CodeBlock, cost: BlockCost) -> list[InstructionCost]:
        """At timing fidelity a block's cycles are split by what its instructions would cost at the other one."""
        executions, left = [], cost.executions
        for position in range(len(block.kinds)):
            left -= cost.cuts[position]
            executions.append(left)
        weights = [times * self._class_subcycles[kind] for times, kind in zip(executions, block.kinds, strict=True)]
        if not self._timed:
            return list(map(InstructionCost, executions, weights))
        if not any(weights):
            weights = [1] * len(weights)
        ends = list(accumulate(weights))
        parts = []
        for subcycles in cost.causes:
            shares = [subcycles * end // ends[-1] for end in ends]
            parts.append([end - begin for begin, end in pairwise([0, *shares])])
        return [
            InstructionCost(times, sum(causes), causes)
            for times, causes in zip(executions, zip(*parts, strict=True), strict=True)
        ]


@dataclass(frozen=True)
class SpaceProfile:
    """A profile as the table of blocks of one address space sees it."""

    profile: CodeProfile
    place_of: PlaceOf

    def add(self, address: int, kinds: bytes, executions: int, causes: Sequence[int]) -> None:
        """A block was executed; `causes`: its cycles by `Cause` at timing fidelity."""
        cost = self.profile.block(self.place_of(address), kinds)
        cost.executions += executions
        for cause, cycles in enumerate(causes):
            cost.causes[cause] += cycles * SUBCYCLES

    def cut(self, address: int, kinds: bytes, kept: int) -> None:
        """An exception ended an execution of a block, which counts as one, after `kept` instructions."""
        self.profile.block(self.place_of(address), kinds).cuts[kept] += 1

"""How much memory may be promised (`mm/util.c`, vm.overcommit_memory), and what happens when there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace


class Overcommit(IntEnum):
    """vm.overcommit_memory."""

    GUESS = 0
    """No process may have more writable memory than the machine has; all together may, which may end one of them.
    Linux guesses more generously: it looks at single requests only.
    """
    ALWAYS = 1
    """Everything is promised."""
    NEVER = 2
    """All processes together get no more than vm.overcommit_ratio percent of the memory, or vm.overcommit_kbytes."""


@dataclass(eq=False)
class CommitPolicy:
    """One per machine."""

    total_bytes: int
    mode: int = Overcommit.GUESS
    ratio: int = 50
    kbytes: int = 0
    spaces: WeakSet[AddressSpace] = field(default_factory=WeakSet)
    relieve: Callable[[], bool] | None = None
    """Called where no frame is left for the kernel's own work; whether it has made some free."""
    kills: int = 0
    """Processes that the out-of-memory killer has ended."""

    @property
    def limit_bytes(self) -> int:
        """CommitLimit: what mode NEVER promises."""
        return self.kbytes << 10 if self.kbytes else self.total_bytes * self.ratio // 100

    @property
    def committed_bytes(self) -> int:
        """Committed_AS: what all programs may write."""
        return sum(mm.vmas.charged_bytes for mm in self.spaces)

    def allows(self, mm: AddressSpace, more: int) -> bool:
        """Whether an address space may have `more` writable bytes."""
        if self.mode == Overcommit.ALWAYS:
            return True
        if self.mode == Overcommit.NEVER:
            return self.committed_bytes + more <= self.limit_bytes
        return mm.vmas.charged_bytes + more <= mm.limit_bytes

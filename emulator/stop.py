"""How a stretch of execution ended: what the engine tells whoever ran it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from unicorn.unicorn_const import UC_MEM_FETCH, UC_MEM_WRITE


class StopKind(Enum):
    """Why `run` returned."""

    SLICE = auto()
    INSTRUCTION_LIMIT = auto()
    SYSTEM_CALL = auto()
    """PC is behind the SVC."""
    UNDEFINED = auto()
    """PC is at the instruction, whose word is in `detail`."""
    TILE_DISABLED = auto()
    """An AIMC instruction where the core's tile is not enabled: PC is at it, `detail` its word."""
    BREAKPOINT = auto()
    """PC is at the BRK, whose word is in `detail`."""
    MEMORY_FAULT = auto()
    """PC is at the instruction; `address` is the page that it accessed, `access` how. See `Engine.fault_address`."""
    OUT_OF_MEMORY = auto()
    """As MEMORY_FAULT; the access is right, but no frame is left."""
    EXCEPTION = auto()
    """Another exception of the processor; its number is in `detail`."""


class Access(Enum):
    """Kinds of memory access that fault."""

    READ = auto()
    WRITE = auto()
    EXECUTE = auto()


@dataclass(frozen=True)
class Stop:
    """How a run ended."""

    kind: StopKind
    pc: int
    address: int = 0
    access: Access = Access.READ
    detail: int = 0


def access_of(kind: int) -> Access:
    """What Unicorn's kind of an access means."""
    return {UC_MEM_WRITE: Access.WRITE, UC_MEM_FETCH: Access.EXECUTE}.get(kind, Access.READ)

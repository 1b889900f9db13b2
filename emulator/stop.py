"""How a stretch of execution ended: what the engine tells whoever ran it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from unicorn.unicorn_const import (
    UC_MEM_FETCH_PROT,
    UC_MEM_FETCH_UNMAPPED,
    UC_MEM_WRITE_PROT,
    UC_MEM_WRITE_UNMAPPED,
)


class StopKind(Enum):
    """Why `run` returned."""

    SLICE = auto()
    INSTRUCTION_LIMIT = auto()
    SYSTEM_CALL = auto()
    """PC is behind the SVC."""
    UNDEFINED = auto()
    """PC is at the instruction, whose word is in `detail`."""
    BREAKPOINT = auto()
    """PC is at the BRK, whose word is in `detail`."""
    MEMORY_FAULT = auto()
    """PC is at the instruction; `address` is what it accessed, `access` how."""
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
    """What Unicorn's kind of an invalid access means."""
    if kind in (UC_MEM_WRITE_UNMAPPED, UC_MEM_WRITE_PROT):
        return Access.WRITE
    if kind in (UC_MEM_FETCH_UNMAPPED, UC_MEM_FETCH_PROT):
        return Access.EXECUTE
    return Access.READ

"""All IPC objects of a machine, with their limits (Linux: struct ipc_namespace)."""

from __future__ import annotations

from dataclasses import dataclass, field

from guest.ipc.ids import Identifiers
from guest.ipc.mqueue import MessageQueues
from guest.ipc.msg import MessageQueue
from guest.ipc.sem import SemaphoreSet
from guest.ipc.shm import Segments


@dataclass
class Limits:
    """As in /proc/sys/kernel, with Linux's defaults; root may change them."""

    shmmax: int = 2**64 - 1 - (1 << 24)
    """Bytes of a segment."""
    shmall: int = 2**64 - 1 - (1 << 24)
    """Pages of all segments."""
    shmmni: int = 4096
    semmsl: int = 32000
    """Semaphores of a set; then of all sets, operations of a call, and sets."""
    semmns: int = 1024000000
    semopm: int = 500
    semmni: int = 32000
    msgmax: int = 8192
    """Bytes of a message."""
    msgmnb: int = 16384
    """Bytes of a new queue."""
    msgmni: int = 32000


@dataclass
class IpcNamespace:
    """One per machine."""

    limits: Limits = field(default_factory=Limits)
    shm: Segments = field(default_factory=Segments)
    sem: Identifiers[SemaphoreSet] = field(default_factory=Identifiers)
    msg: Identifiers[MessageQueue] = field(default_factory=Identifiers)
    mqueue: MessageQueues = field(default_factory=MessageQueues)

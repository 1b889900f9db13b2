"""The table of all system calls: imports every module that declares some."""

from __future__ import annotations

import guest.fs.syscalls.descriptors
import guest.fs.syscalls.io
import guest.fs.syscalls.metadata
import guest.fs.syscalls.names
import guest.futex
import guest.mm.syscalls
import guest.poll
import guest.process
import guest.signal_syscalls
import guest.system
import guest.time  # noqa: F401
from guest.syscall import SyscallTable


def make_table() -> SyscallTable:
    """A table with fresh statistics: one per run."""
    return SyscallTable()

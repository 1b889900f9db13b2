"""Bounds on what one sequence may take of the host: processor time and memory."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

_MIB = 1 << 20


class TooSlow(Exception):
    """One sequence took more processor time than all should."""


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the main thread after so much processor time (which a busy host does not use up)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, expired)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Memory:
    """Watches this process's memory from its creation on."""

    def __init__(self) -> None:
        with suppress(OSError):  # then only a new record is seen
            # The high-water mark begins anew.
            Path("/proc/self/clear_refs").write_text("5")
        self._before = _status("VmHWM")

    def grown_mib(self) -> int:
        """By how much the process was larger at some time since."""
        return (_status("VmHWM") - self._before) // 1024

    @contextmanager
    def limited(self, mib: int) -> Iterator[None]:
        """Let requests for much more address space fail with MemoryError, and those for large files of the host (of
        a writable sysroot) with EFBIG.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        file_soft, file_hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (mib * _MIB, file_hard))
        now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
        resource.setrlimit(resource.RLIMIT_AS, (now + mib * _MIB, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_soft, file_hard))


def _status(key: str) -> int:
    """A line of /proc/self/status, in KiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    return 0

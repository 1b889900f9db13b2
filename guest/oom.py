"""The out-of-memory killer (`mm/oom_kill.c`): whom it ends when no memory is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guest.services import KernelServices
    from guest.task import Process

NEVER = -1000
"""The oom_score_adj of who must not be ended."""


def badness(kernel: KernelServices, process: Process) -> int | None:
    """Resident pages, more or less by thousandths of the memory as oom_score_adj says; None for one to be spared.

    Unlike on Linux process 1 is not spared: here it is the program.
    """
    if process.oom_score_adj == NEVER or not process.threads:
        return None
    pages = kernel.memory_bytes // 4096
    return process.threads[0].mm.resident_pages + process.oom_score_adj * pages // 1000


def choose_victims(kernel: KernelServices) -> list[Process]:
    """The process to be ended, and all that share its memory; none if all are to be spared."""
    scores = {process: badness(kernel, process) for process in kernel.tasks.processes()}
    found = [(points, -process.pid, process) for process, points in scores.items() if points is not None]
    if not found:
        return []
    victim = max(found, key=lambda entry: entry[:2])[2]
    mm = victim.threads[0].mm
    others = [process for process in scores if process.threads and process.threads[0].mm is mm]
    return [victim, *(process for process in others if process is not victim and process.oom_score_adj != NEVER)]

"""A task with its registers and its place on a core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.core import FOREVER, Core
from emulator.turns import Assignment

if TYPE_CHECKING:
    from emulator.engine import Context, Engine
    from guest.sched.entity import SchedEntity
    from guest.syscall import Pending
    from guest.task import Task
    from guest.timer import Timer
    from guest.wait import Waiter, Wakeup

Entry = tuple[int, int, int, "Thread"]
"""Place in a run queue, the smallest first: rank of the policy, order within it, tie-breaker that no other has."""

NEVER = -(1 << 62)
"""A clock before everything."""


@dataclass(eq=False, slots=True)
class Thread:
    """Clocks are in subcycles of the thread's core."""

    task: Task
    engine: Engine
    context: Context
    core: Core
    """Where it runs or ran last; changed by the scheduler only, never while the thread is being served."""
    pending: Pending | None = None
    """The system call that it waits in."""
    wakeup: Wakeup | None = None
    """Why it was woken; the call is resumed when the thread runs next."""
    user_subcycles: int = 0
    system_subcycles: int = 0
    tick_at: int = FOREVER
    """While it runs: the clock at which the run loop must call `Scheduler.tick`."""

    # What follows belongs to the scheduler.
    ready: bool = False
    """It would run if it got a core."""
    suspended: bool = False
    """Its process is stopped: it gets no core."""
    entry: Entry | None = None
    """Its place in the run queue; None while it runs or does not want to."""
    waiter: Waiter | None = None
    timer: Timer | None = None
    weight: int = 0
    """As counted in its core's load; 0 while it is not on a run queue."""
    real_time: bool = False
    """Its policy, while it is on a run queue, is a real-time one (or it inherited such a priority)."""
    vruntime: int = 0
    """Time used, in subcycles, divided by the weight relative to nice 0."""
    accounted_at: int = 0
    """Clock up to which its use of the core is counted."""
    ran: int = 0
    """Subcycles since it got the core."""
    ran_on: Core | None = None
    """The core that it had last; None before the first."""
    ran_at: int = NEVER
    """Clock when it left that core."""
    ready_at: int = 0
    """Clock from which on it waits for a core."""
    start_after: int = 0
    """Clock before which it cannot run: of the waker, or of the core that gave it away."""
    slice_over: bool = False
    """It goes behind its equals when it is put back."""
    _assignment: Assignment | None = field(default=None, init=False)

    @property
    def sched(self) -> SchedEntity:
        """Policy, nice value and affinity."""
        return self.task.sched

    @property
    def assignment(self) -> Assignment:
        """What the run loop needs to know of it."""
        assignment = self._assignment
        if assignment is None or assignment.core is not self.core:
            assignment = self._assignment = Assignment(self.core, self.engine, self.context)
        return assignment

"""Contexts: what a client has tiles for, and the jobs that it gave them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driver.job import Work
from guest.abi.errno import E, Errno
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from driver.tiles import ManagedTile, SavedWeights
    from guest.timer import Timer

_OUTCOMES_KEPT = 4096
"""Of jobs that failed or counted something, the last ones."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    status: int = 0
    """0, or a negative error number."""
    result: int = 0


SUCCESS = Outcome()
"""Of nearly all jobs."""


class Job:
    """Work of a context, with its place in the order."""

    def __init__(self, context: Context, fence: int, work: Work, core: int, ready_ns: int) -> None:
        """`core`: that takes the interrupt when it is done. `ready_ns`: when the driver has queued it."""
        self.context = context
        self.fence = fence
        self.work = work
        self.core = core
        self.ready_ns = ready_ns
        mask = 0
        for tile in work.tiles:
            mask |= 1 << tile.number
        self.identity = (context.client, context.number, fence, mask)
        """Client, context, fence and mask of tiles, for the trace."""
        self.begin_ns = self.end_ns = 0
        """When it keeps its tiles, once it has begun."""
        self.hangs = False
        """It will not end by itself."""
        self.timer: Timer | None = None
        """Of its end, once it has begun."""


class Context:
    """Some tiles, for one client."""

    def __init__(
        self, number: int, tiles: dict[int, ManagedTile], priority: int, *, shared: bool, client: int = 0
    ) -> None:
        """`client`: number of the open file that it belongs to."""
        self.number = number
        self.client = client
        self.tiles = tiles
        """By their numbers."""
        self.priority = priority
        self.shared = shared
        self.weights: dict[int, SavedWeights] = {}
        """Of tiles that hold another context's now, by their numbers."""
        self.waiting: deque[Job] = deque()
        self.running: Job | None = None
        """Jobs of a context run one after the other."""
        self.kept_on: set[int] = set()
        """Numbers of tiles that are not to be suspended."""
        self.paused = False
        """No job begins any more."""
        self.gone = False
        """It was destroyed; whoever still waits for it is to stop that."""
        self.pollers = 0
        """Tasks that look whether a job is done, which then needs no interrupt."""
        self.served = 0
        """When it had a job begun last: a count over all contexts."""
        self.slice_end_ns = 0
        """Until then its jobs go before those of others that share its tiles."""
        self.submitted = self.completed = self.failed = 0
        self.progress = WaitQueue()
        """Woken when a fence is reached."""
        self._outcomes: dict[int, Outcome] = {}
        """Of jobs that are not listed nothing is to be said."""
        self._forgotten = 0
        """The last job of which it is not known any more."""
        self._notices: dict[int, list[Callable[[], None]]] = {}

    @property
    def tile_mask(self) -> int:
        return sum(1 << number for number in self.tiles)

    @property
    def reached(self) -> int:
        """The last fence that was reached."""
        return self.completed

    def outcome(self, fence: int) -> Outcome:
        """Of a job that is over, or of a context that is. ENOENT if it is not known any more."""
        if self.gone and fence > self.completed:
            return Outcome(-int(E.ECANCELED))
        if fence <= self._forgotten:
            raise Errno(E.ENOENT)
        return self._outcomes.get(fence, SUCCESS)

    def notify(self, fence: int, notice: Callable[[], None]) -> None:
        """Call `notice` when a fence that is not reached yet is reached."""
        self._notices.setdefault(fence, []).append(notice)

    def abandon(self) -> None:
        """It is destroyed, and its jobs with it."""
        self.gone = True
        while self.waiting:
            for buffer in self.waiting.popleft().work.buffers:
                buffer.release()
        notices, self._notices = self._notices, {}
        for fence in sorted(notices):
            for notice in notices[fence]:
                notice()
        self.progress.wake()

    def complete(self, job: Job, outcome: Outcome) -> None:
        """A job, the oldest one, is over."""
        assert job.fence == self.completed + 1
        self.completed = job.fence
        if outcome.status:
            self.failed += 1
        if outcome.status or outcome.result:
            self._outcomes[job.fence] = outcome
            if len(self._outcomes) > _OUTCOMES_KEPT:
                self._forgotten = next(iter(self._outcomes))
                del self._outcomes[self._forgotten]
        for buffer in job.work.buffers:
            buffer.release()
        for notice in self._notices.pop(job.fence, ()):
            notice()
        self.progress.wake()

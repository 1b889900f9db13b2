"""Which job runs on which tiles, and when: the device works through jobs by itself, and interrupts when one is done."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

from driver.context import Context, Job, Outcome
from driver.faults import Chance
from guest.abi.errno import E

if TYPE_CHECKING:
    from driver.config import DriverConfig
    from driver.faults import Faults
    from driver.job import Work
    from driver.tiles import ManagedTile
    from driver.trace import Trace
    from emulator.config import TileConfig
    from guest.services import KernelServices


_NS = 1_000_000_000


class JobScheduler:
    """Of contexts with a job that could begin, the highest priority goes first, then the one that waits longest.

    A context whose tiles are not all free keeps those that are from the others, so that it does not starve.
    """

    def __init__(
        self, kernel: KernelServices, config: DriverConfig, tile: TileConfig, faults: Faults, trace: Trace
    ) -> None:
        self._kernel = kernel
        self._faults = faults
        self._trace = trace
        self._config = config
        self._tile = tile
        self._line = kernel.devices.interrupts.request("aimc", self._on_interrupt)
        self._contexts: list[Context] = []
        self._begun = 0
        self._done: list[tuple[Job, Outcome]] = []
        """What the device has finished and the interrupt is to tell of."""
        self.now_ns: Callable[[], int] = kernel.clock.now_ns

    def add(self, context: Context) -> None:
        """A context may have jobs from now on."""
        self._contexts.append(context)

    def remove(self, context: Context) -> None:
        """The context is gone, and its tiles stop what they do for it."""
        self._contexts.remove(context)
        if context.running is not None:
            self._stop(context.running)
            context.waiting.appendleft(context.running)
        context.abandon()

    def _stop(self, job: Job) -> None:
        """The device ends a job at once, if it has not ended it before."""
        self._done = [one for one in self._done if one[0] is not job]
        if job.timer is not None and job.timer.pending:
            job.timer.cancel()
            for tile in job.work.tiles:
                tile.running = None
                tile.power.release()
                tile.busy_ns += max(self.now_ns() - job.begin_ns, 0)

    def submit(self, context: Context, work: Work, core: int, cycles: int = 0) -> Job:
        """Queue a job of a context, after `cycles` of other work for it. `core`: see `Job`."""
        context.submitted += 1
        cycles += self._config.job_cycles
        ready_ns = self.now_ns() + cycles * _NS // self._kernel.cpu.frequency_hz
        job = Job(context, context.submitted, work, core, ready_ns)
        for buffer in work.buffers:
            buffer.acquire()
        context.waiting.append(job)
        self._kernel.work.device += cycles
        self._trace.note("job_queued", *job.identity)
        self.start_jobs()
        return job

    def start_jobs(self) -> None:
        """Begin every job that can begin now."""
        reserved: set[ManagedTile] = set()
        for context in sorted(self._contexts, key=lambda one: (-one.priority, one.served)):
            if context.paused or context.running is not None or not context.waiting:
                continue
            tiles = context.waiting[0].work.tiles
            if any(tile.running is not None or tile in reserved or tile.binding is not None for tile in tiles):
                reserved.update(tiles)
            else:
                self._begin(context)

    def _begin(self, context: Context) -> None:
        job = context.waiting.popleft()
        context.running = job
        self._begun += 1
        context.served = self._begun
        duration = self._config.doorbell_ns + job.work.duration_ns(self._tile, self._config)
        duration += max(tile.power.hold() for tile in job.work.tiles)
        for tile in job.work.tiles:
            tile.running = job
            # The controller of the device reads the weights of one context back and programs those of the other.
            duration += tile.give_to(context) * max(self._tile.parameter_read_ns, self._tile.parameter_write_ns)
        job.begin_ns = max(self.now_ns(), job.ready_ns)
        if duration > self._config.job_timeout_ns or self._faults.strikes(Chance.TIMEOUT):
            job.hangs = True
            duration = self._config.job_timeout_ns
        job.end_ns = job.begin_ns + ceil(duration)
        self._trace.note_at(job.begin_ns, "job_begun", *job.identity)
        job.timer = self._kernel.timers.add(job.end_ns, lambda: self._end(job))

    def _end(self, job: Job) -> None:
        """The device is done with a job."""
        for tile in job.work.tiles:
            tile.running = None
            tile.power.release()
            tile.busy_ns += job.end_ns - job.begin_ns
        self._done.append((job, self._outcome(job)))
        self._trace.note("job_ended", *job.identity)
        if job.context.pollers:
            self.look()
        elif self._faults.stuck_interrupt:
            # The driver looks for jobs that hang, and finds that this one does not.
            self._kernel.timers.add(job.begin_ns + ceil(self._config.job_timeout_ns), self.look)
        else:
            at = job.end_ns + ceil(self._config.interrupt_latency_ns)
            self._kernel.timers.add(at, lambda: self._interrupt(job.core))
        self.start_jobs()

    def _outcome(self, job: Job) -> Outcome:
        """Do a job, unless something is wrong: a job that fails has no effect."""
        if job.hangs:
            return Outcome(-int(E.ETIMEDOUT))
        broken = any(tile in self._faults.dead for tile in job.work.tiles)
        if broken or (job.work.fault is not None and self._faults.strikes(job.work.fault)):
            return Outcome(-int(E.EIO))
        return Outcome(result=job.work.run())

    def interrupt_for_nothing(self) -> None:
        """The line is raised, although nothing is done that was not told of."""
        self._line.raise_on()

    def _interrupt(self, core: int) -> None:
        if self._done:  # not if somebody has looked meanwhile, or an interrupt told of several jobs
            self._line.raise_on(core)

    def _on_interrupt(self) -> None:
        self._trace.note("interrupt", len(self._done))
        if self._done:
            self._kernel.work.device += self._config.job_cycles
        self.look()

    def look(self) -> None:
        """Tell the contexts of the jobs that the device has finished."""
        done, self._done = self._done, []
        for job, outcome in done:
            job.context.running = None
            job.context.complete(job, outcome)
        if done:
            self.start_jobs()

    def fail_all(self, error: E) -> None:
        """All jobs fail, also those under way."""
        for context in self._contexts:
            jobs = [*([context.running] if context.running is not None else []), *context.waiting]
            context.running = None
            context.waiting.clear()
            for job in jobs:
                self._stop(job)
                context.complete(job, Outcome(-int(error)))

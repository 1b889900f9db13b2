"""Which job runs on which tiles, and when: the device works through jobs by itself, and interrupts when one is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from driver.context import SUCCESS, Context, Job, Outcome
from driver.faults import Chance
from driver.lending import RETURN_NS
from guest.abi.errno import E

if TYPE_CHECKING:
    from driver.config import DriverConfig
    from driver.faults import Faults
    from driver.job import Work
    from driver.parameters import Parameters
    from driver.tiles import ManagedTile
    from driver.trace import Trace
    from emulator.config import TileConfig
    from guest.services import KernelServices
    from guest.timer import Timer


_NS = 1_000_000_000


class JobScheduler:
    """Of contexts with a job that could begin, the highest priority goes first, then the one that waits longest.

    A context whose tiles are not all free keeps those that are from the others, so that it does not starve. One that
    shares its tiles has them for a quantum as long as it has jobs, and so have instructions.
    """

    def __init__(
        self,
        kernel: KernelServices,
        config: DriverConfig,
        parameters: Parameters,
        tile: TileConfig,
        faults: Faults,
        trace: Trace,
    ) -> None:
        self._kernel = kernel
        self._faults = faults
        self._trace = trace
        self._config = config
        self._parameters = parameters
        self._tile = tile
        self._line = kernel.devices.interrupts.request("aimc", self._on_interrupt)
        self._contexts: list[Context] = []
        self._begun = 0
        self._next_look: Timer | None = None
        """When a tile that instructions have, or wait for, may be had."""
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
        now_ns = self.now_ns()
        ready_ns = now_ns + cycles * _NS // self._kernel.cpu.frequency_hz
        job = Job(context, context.submitted, work, core, ready_ns)
        for buffer in work.buffers:
            buffer.acquire()
        context.waiting.append(job)
        self._kernel.work.device += cycles
        self._trace.note_at(now_ns, "job_queued", *job.identity)
        self.start_jobs()
        return job

    def start_jobs(self) -> None:
        """Begin every job that can begin now."""
        reserved: set[ManagedTile] = set()
        now_ns = self.now_ns()
        for context in sorted(self._contexts, key=lambda one: (-one.priority, one.slice_end_ns <= now_ns, one.served)):
            if context.paused or not context.waiting:
                continue
            tiles = context.waiting[0].work.tiles
            if context.running is not None:
                if context.slice_end_ns > now_ns:
                    reserved.update(tiles)
                continue
            over = context.slice_end_ns <= now_ns
            if any(
                tile.running is not None or tile in reserved or self._is_lent(tile) or (over and self._is_wanted(tile))
                for tile in tiles
            ):
                reserved.update(tiles)
            else:
                self._begin(context)

    def _is_lent(self, tile: ManagedTile) -> bool:
        """Whether instructions have a tile, and for a while longer."""
        if tile.holds is None or not tile.core.tile_is_enabled:
            return False
        # One instruction is executed at least, whatever the quantum.
        return self._is_before(tile.lent_ns + max(self._parameters.quantum_ns, RETURN_NS))

    def _is_wanted(self, tile: ManagedTile) -> bool:
        """Whether an instruction that has waited for a job gets a tile before the next one."""
        return self._is_before(tile.wanted_ns)

    def _is_before(self, until_ns: int) -> bool:
        """Whether a time is yet to come; then jobs are looked at again."""
        if until_ns <= self.now_ns():
            return False
        if self._next_look is not None and self._next_look.pending and self._next_look.deadline_ns > until_ns:
            self._next_look.cancel()
        if self._next_look is None or not self._next_look.pending:
            self._next_look = self._kernel.timers.add(until_ns, self.start_jobs)
        return True

    def _begin(self, context: Context) -> None:
        job = context.waiting.popleft()
        context.running = job
        self._begun += 1
        context.served = self._begun
        duration = self._config.doorbell_ns + job.work.duration_ns(self._tile, self._config)
        duration += max(tile.power.hold() for tile in job.work.tiles)
        moving = 0.0
        for tile in job.work.tiles:
            tile.running = job
            # The controller of the device keeps what instructions have left there, reads the weights of one context
            # back and programs those of the other.
            if tile.take_back():
                moving += tile.vector_words * self._tile.dequeue_ns
            moving += tile.give_to(context) * max(self._tile.parameter_read_ns, self._tile.parameter_write_ns)
        duration += moving
        job.begin_ns = max(self.now_ns(), job.ready_ns)
        for tile in job.work.tiles:
            for other in tile.contexts:
                if other is not context:
                    other.slice_end_ns = 0
        if context.shared and context.slice_end_ns <= job.begin_ns:
            context.slice_end_ns = job.begin_ns + ceil(moving) + self._parameters.quantum_ns
        if duration > self._parameters.job_timeout_ns or self._faults.strikes(Chance.TIMEOUT):
            job.hangs = True
            duration = self._parameters.job_timeout_ns
        job.end_ns = job.begin_ns + ceil(duration)
        self._trace.note_at(job.begin_ns, "job_begun", *job.identity)
        job.timer = self._kernel.timers.add(job.end_ns, partial(self._end, job))

    def _end(self, job: Job) -> None:
        """The device is done with a job."""
        job.timer = None  # what it fires refers to the job: a cycle would be left to Python's collector
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
            self._kernel.timers.add(job.begin_ns + self._parameters.job_timeout_ns, self.look)
        else:
            at = job.end_ns + ceil(self._config.interrupt_latency_ns)
            self._kernel.timers.add(at, partial(self._interrupt, job.core))
        self.start_jobs()

    def _outcome(self, job: Job) -> Outcome:
        """Do a job, unless something is wrong: a job that fails has no effect."""
        if job.hangs:
            return Outcome(-int(E.ETIMEDOUT))
        work = job.work
        broken = not self._faults.dead.isdisjoint(work.tiles)
        if broken or (work.fault is not None and self._faults.strikes(work.fault)):
            return Outcome(-int(E.EIO))
        result = work.run()
        return Outcome(result=result) if result else SUCCESS

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

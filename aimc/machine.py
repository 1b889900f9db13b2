"""A machine that runs programs: puts configuration, kernel and result together."""

from __future__ import annotations

import dataclasses
import io
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from aimc import program as programs
from aimc.bind import Bind
from aimc.collect import collect
from aimc.config import DEFAULT_PRESET, MachineConfig, machine_config
from aimc.errors import ConfigError, ExecError, ProgramNotFound, UsageError
from aimc.result import Result
from aimc.timeline import EVENTS, Timeline
from driver.accelerator import Accelerator
from emulator import native_code
from emulator.config import Compat, Fidelity, InvalidHardware
from guest.abi.errno import E, Errno
from guest.elf import ExecError as GuestExecError
from guest.fs.streams import Streams
from guest.fs.tree import Bind as GuestBind
from guest.fs.tree import FileTree, SysrootError
from guest.kernel import Kernel, Limits
from guest.net.inet.host_loopback import HostLoopback
from guest.random import RandomStream
from guest.strace import Tracer

NetworkAccess = Literal["none", "host-loopback"]
"""What the guest's network reaches beyond the guest itself."""


class Machine:
    """A configured machine. Each run starts from power-on, so a machine can be used any number of times."""

    def __init__(
        self,
        preset: str | Path | MachineConfig = DEFAULT_PRESET,
        *,
        cores: int | None = None,
        overrides: Mapping[str, str | float | int] | None = None,
    ) -> None:
        """`preset` is a name, a path or a configuration; `overrides` change single values. Raises ConfigError."""
        self.config = machine_config(preset, overrides, cores=cores)

    def run(
        self,
        program: str | Path,
        arguments: Sequence[str] = (),
        *,
        environment: Mapping[str, str] | None = None,
        sysroot: Path | None = None,
        writable: bool = False,
        binds: Iterable[Bind] = (),
        cwd: str = "/",
        seed: int = 0,
        strace: TextIO | None = None,
        max_instructions: int | None = None,
        max_seconds: float | None = None,
        stdin: BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        stderr: BinaryIO | None = None,
        capture: bool = False,
        interactive: bool = False,
        net: NetworkAccess = "none",
        profile: bool = False,
        timeline: bool = False,
    ) -> Result:
        """Run an image (by name) or an AArch64 Linux program (by path) to its end.

        `sysroot` stays as it is, and what the guest writes is gone after the run, unless it is `writable`; binds are
        written through unless they are read-only.

        The guest's streams are the caller's unless given; with `capture` its output is collected in the result and
        its input is empty unless given. `max_seconds` is guest time. A read of a pipe waits until it is full or the
        input ends, since how much has arrived depends on the host's timing; with `interactive` it returns what is
        there. With `net="host-loopback"` the guest reaches the host's loopback and the host the guest's TCP
        listeners; such a run is not reproducible, as its warnings say. With `profile` the result says where the cycles
        went, by function and source line; with `timeline` what the driver of the tiles did when. Raises
        ProgramNotFound, ExecError, ConfigError, UsageError.
        """
        with ExitStack() as cleanup:
            streams, captured = _streams(stdin, stdout, stderr, capture, interactive)
            tree = self._tree(sysroot, binds, seed, writable=writable)
            cleanup.callback(tree.close)
            self._make_engine_ready()
            try:
                kernel = Kernel(
                    self.config.hardware,
                    self.config.kernel,
                    self.config.scheduler,
                    tree,
                    seed=seed,
                    tracer=Tracer(strace) if strace is not None else None,
                    profile=profile,
                )
                cleanup.callback(kernel.close)
                if timeline and self.config.hardware.compat is Compat.ALPINE:
                    raise UsageError("a timeline shows the driver of the tiles, and with compat=alpine there is none")
                accelerator = None
                if self.config.hardware.compat is not Compat.ALPINE:
                    # ALPINE has no driver: each core has its tile from the start.
                    driver = self.config.driver
                    accelerator = Accelerator(
                        kernel.services,
                        dataclasses.replace(driver, trace_events=EVENTS) if timeline else driver,
                        self.config.hardware,
                        kernel.cores,
                        kernel.engine.tile_registers,
                    )
            except InvalidHardware as error:
                raise ConfigError(str(error)) from None
            if net == "host-loopback":
                loopback = HostLoopback(kernel.services)
                kernel.services.net.host_loopback = loopback
                cleanup.callback(loopback.close)
            elif net != "none":
                raise UsageError(f"net is 'none' or 'host-loopback', not {net!r}")
            self._start(kernel, tree, program, arguments, environment or {}, streams, cwd)
            started = time.perf_counter()
            end = kernel.run(Limits(max_instructions, max_seconds))
            seconds = time.perf_counter() - started
            if accelerator is not None:
                accelerator.settle()
            shown = None
            if timeline and accelerator is not None:
                events = accelerator.trace.events
                shown = Timeline(tuple(events), is_cut=len(events) == EVENTS)
            found = None
            if profile:
                from aimc.collect_profile import collect_profile  # other runs do without its libraries

                # While the files that were mapped can still be read.
                found = collect_profile(
                    kernel, self.config, program=str(program), arguments=tuple(arguments), seed=seed
                )
        result = collect(
            kernel,
            end,
            self.config,
            program=str(program),
            arguments=tuple(arguments),
            seed=seed,
            host_seconds=seconds,
            output=captured,
        )
        return dataclasses.replace(result, profile=found, timeline=shown)

    def _make_engine_ready(self) -> None:
        """Compile the engine's hooks if this is the first run of this version."""
        try:
            native_code.make_ready(native_code.needed(timing=self.config.hardware.fidelity is Fidelity.TIMING))
        except OSError as error:
            raise UsageError(
                f"compiled hooks cannot be kept in the cache: {error} (set AIMC_CACHE to a folder that can be written)"
            ) from None

    @staticmethod
    def _tree(sysroot: Path | None, binds: Iterable[Bind], seed: int, *, writable: bool) -> FileTree:
        guest_binds = [GuestBind(bind.host, str(bind.guest).encode(), bind.read_only) for bind in binds]
        try:
            return FileTree(sysroot, RandomStream(seed, "/dev/urandom"), guest_binds, writable=writable)
        except SysrootError as error:
            raise UsageError(str(error)) from None

    @staticmethod
    def _start(
        kernel: Kernel,
        tree: FileTree,
        program: str | Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        streams: Streams,
        cwd: str,
    ) -> None:
        name = str(program)
        try:
            path = _place(tree, program)
        except Errno as error:
            if error.number is E.ENOENT and Path(program).exists():
                raise ExecError(f"cannot run {name!r}: it is not a regular file") from None
            if error.number is E.ENOENT:
                raise ProgramNotFound(f"there is no program {name!r}") from None
            raise ExecError(f"cannot open {name!r}: {error}") from None
        except SysrootError as error:
            raise UsageError(str(error)) from None
        argv = [name.encode(errors="surrogateescape"), *(text.encode(errors="surrogateescape") for text in arguments)]
        variables = [f"{key}={value}".encode(errors="surrogateescape") for key, value in environment.items()]
        try:
            kernel.start(path, argv, variables, streams, cwd=cwd.encode(errors="surrogateescape"))
        except GuestExecError as error:
            raise ExecError(f"cannot run {name!r}: {error}") from None
        except Errno as error:
            if error.number is E.EACCES:
                raise ExecError(f"cannot run {name!r}: it is a folder or not readable") from None
            if error.number in (E.ENOENT, E.ENOTDIR):
                raise UsageError(f"cannot start {name!r} in {cwd!r}: {error}") from None
            raise ExecError(f"cannot load {name!r}: {error}") from None


def _place(tree: FileTree, program: str | Path) -> bytes:
    """The guest path of a program: one inside the sysroot if there is such, else a file of the host or an image."""
    if programs.is_path(program):
        return tree.place_program(Path(program))
    return tree.place_program(programs.resolve(program))


def _streams(
    stdin: BinaryIO | None, stdout: BinaryIO | None, stderr: BinaryIO | None, capture: bool, interactive: bool
) -> tuple[Streams, tuple[io.BytesIO | None, io.BytesIO | None]]:
    """The guest's streams, and what collects its output."""
    out = io.BytesIO() if capture and stdout is None else None
    err = io.BytesIO() if capture and stderr is None else None
    if stdin is None:
        stdin = io.BytesIO() if capture or sys.stdin is None else sys.stdin.buffer
    # `or` would take an empty stream of a caller's own class for none.
    chosen_out = out if out is not None else stdout if stdout is not None else sys.stdout.buffer
    chosen_err = err if err is not None else stderr if stderr is not None else sys.stderr.buffer
    return Streams(stdin, chosen_out, chosen_err, interactive), (out, err)

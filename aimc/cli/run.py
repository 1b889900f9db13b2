"""`aimc run`: run one program."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from aimc import program as programs
from aimc.bind import Bind
from aimc.cli import options, say
from aimc.cli.images import build_images, sysroot_folder
from aimc.errors import UsageError

if TYPE_CHECKING:
    from aimc.profile import Profile
    from aimc.result import Result

STANDARD_STREAM = "-"


class RunCommand(click.Command):
    """A command whose option `--strace` takes its file only as `--strace=FILE`.

    Otherwise `aimc run --strace PROGRAM` would take the program for the file, as click reads options with an
    optional value.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give a bare `--strace` its value before click sees it."""
        takes_value = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        position = 0
        while position < len(args) and args[position].startswith("-") and args[position] not in ("-", "--"):
            if args[position] == "--strace":
                args[position] = f"--strace={STANDARD_STREAM}"
            elif args[position] in takes_value:
                position += 1
            position += 1
        return super().parse_args(ctx, args)


@click.command(cls=RunCommand, context_settings={"allow_interspersed_args": False})
@options.configuration
@click.option("--sysroot", "root", metavar="DIR",
              help="Host folder that the guest sees as /, or a root file system by name (`aimc images rootfs`). "
              "Default: an empty one.")  # fmt: skip
@click.option("--writable", is_flag=True,
              help="Let the guest change the sysroot. Default: its changes are gone after the run.")  # fmt: skip
@click.option("--bind", "binds", metavar="HOST:GUEST[:ro]", callback=options.bind_mounts, multiple=True,
              help="Show a host folder or file at a guest path.")  # fmt: skip
@click.option("--env", "environment", metavar="K=V", callback=options.pairs, multiple=True,
              help="Environment variable of the guest, which gets none of the host's.")  # fmt: skip
@click.option("--cwd", metavar="DIR", default="/", show_default=True, help="Guest folder to start in.")
@click.option("--seed", metavar="N", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True,
              help="Seed of everything random.")  # fmt: skip
@click.option("--max-instructions", metavar="N", type=click.IntRange(min=1),
              help="Stop after N guest instructions, at the end of a block.")  # fmt: skip
@click.option("--max-seconds", metavar="GUEST_SECONDS", type=click.FloatRange(min=0, min_open=True),
              help="Stop after so many seconds of guest time (virtual time, not the host's clock).")  # fmt: skip
@click.option("--stats", metavar="FILE", help="Write all counters as JSON to FILE; - is standard output.")
@click.option("--profile", metavar="FILE",
              help="Write where the cycles went, by function and source line, as JSON to FILE, for KCachegrind if "
              "FILE begins with callgrind.out; the ten most expensive functions follow the table.")  # fmt: skip
@click.option(
    "--timeline",
    metavar="FILE",
    help="Write when the driver of the tiles did what, as JSON to FILE, which ui.perfetto.dev shows.",
)
@click.option("--strace", metavar="[=FILE]", help="Print system calls to standard error, or with = to FILE.")
@click.option("--interactive", is_flag=True,
              help="Let the guest read from a pipe as input comes. Default: a read waits until it is full or the "
              "input ends, as results must not depend on the host; a terminal is read as it comes.")  # fmt: skip
@click.option("--net", type=click.Choice(["none", "host-loopback"]), default="none", show_default=True,
              help="host-loopback: the guest may connect to the host's 127.0.0.1 and ::1, and the host to the guest's "
              "TCP listeners; such a run is not reproducible.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No table after the run.")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(
    *,
    program: str,
    arguments: tuple[str, ...],
    preset: str | None,
    cores: int | None,
    fidelity: str | None,
    memory: str | None,
    settings: tuple[tuple[str, str], ...],
    root: str | None,
    writable: bool,
    binds: tuple[Bind, ...],
    environment: tuple[tuple[str, str], ...],
    cwd: str,
    seed: int,
    max_instructions: int | None,
    max_seconds: float | None,
    stats: str | None,
    profile: str | None,
    timeline: str | None,
    strace: str | None,
    interactive: bool,
    net: str,
    quiet: bool,
) -> int:
    """Run PROGRAM, the name of an image (`aimc images list`) or the path of an AArch64 Linux ELF file.

    What follows PROGRAM is the guest's. The guest's standard streams are the caller's; a table of what the run took
    follows on standard error. The exit status is the guest's, or 128 + N if signal N killed it.
    """
    changes = options.overrides(cores, fidelity, memory, settings)
    sysroot = None if root is None else sysroot_folder(root)
    if not cwd.startswith("/"):
        raise UsageError(f"--cwd wants an absolute guest path, got {cwd!r}")
    for option, file in (("--stats", stats), ("--profile", profile), ("--timeline", timeline)):
        if file is not None and file != STANDARD_STREAM:
            _check_writable(option, file)

    from aimc.config import DEFAULT_PRESET, machine_config

    config = machine_config(DEFAULT_PRESET if preset is None else preset, changes)
    if programs.is_image(program):
        build_images([program], quiet=quiet)
    if sysroot is None or not programs.is_path(program):
        programs.resolve(program)  # an error of it should come before the engine is loaded

    from aimc.cli.engine import load_machine

    machine = load_machine(config)

    with _trace_stream(strace) as trace:
        result: Result = machine.run(
            program,
            arguments,
            environment=dict(environment),
            sysroot=sysroot,
            writable=writable,
            binds=binds,
            cwd=cwd,
            seed=seed,
            strace=trace,
            max_instructions=max_instructions,
            max_seconds=max_seconds,
            interactive=interactive,
            net="host-loopback" if net == "host-loopback" else "none",
            profile=profile is not None,
            timeline=timeline is not None,
        )
    if stats is not None:
        _write("statistics", result.to_json(), stats)
    if profile is not None and result.profile is not None:
        _write("profile", _profile_document(result.profile, profile), profile)
    if timeline is not None and result.timeline is not None:
        _write("timeline", result.timeline.to_json(), timeline)
        if result.timeline.is_cut:
            say(f"the timeline has the last {len(result.timeline.events):,} events; those before are missing")
    _tell(result, quiet)
    return result.exit_status


def _tell(result: Result, quiet: bool) -> None:
    from aimc import report

    if not quiet:
        report.report(result, sys.stderr)
        if result.profile is not None:
            report.report_profile(result.profile, sys.stderr)
    elif result.signal is not None or result.reason.is_limit:
        say(f"{result.program}: {report.ending(result)}")


def _check_writable(option: str, file: str) -> None:
    """Complain about a bad place for results before the run, not after it."""
    path = Path(file)
    if path.is_dir():
        reason = "it is a folder"
    elif not path.parent.is_dir():
        reason = "there is no such folder"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = "it is not writable"
    else:
        return
    raise UsageError(f"{option} cannot write to {file!r}: {reason}")


def _profile_document(profile: Profile, file: str) -> str:
    from aimc import callgrind

    return callgrind.callgrind(profile) if Path(file).name.startswith(callgrind.PREFIX) else profile.to_json()


def _write(what: str, document: str, file: str) -> None:
    if file == STANDARD_STREAM:
        sys.stdout.write(document)
        return
    try:
        Path(file).write_text(document, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the {what} to {file!r}: {error.strerror}") from None


@contextlib.contextmanager
def _trace_stream(strace: str | None) -> Iterator[TextIO | None]:
    if strace is None:
        yield None
    elif strace == STANDARD_STREAM:
        yield sys.stderr
    else:
        try:
            file = open(strace, "w", encoding="utf-8")  # noqa: SIM115 (closed below; only opening may fail here)
        except OSError as error:
            raise UsageError(f"cannot write the system calls to {strace!r}: {error.strerror}") from None
        with file:
            yield file

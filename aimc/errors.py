"""Errors that a user can act on, and the exit statuses of the `aimc` command.

Each message is one sentence without a full stop; the command line prints it as `aimc: …` and exits with `exit_status`.
The statuses follow `env`, `timeout` and the shell, so that scripts can tell our failures from the guest's.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """Exit statuses of the command itself; any other is the guest's, or 128 + the signal that killed the guest."""

    BEYOND_LIMITS = 1
    """A comparison showed errors that are larger than the documented limits."""
    LIMIT_REACHED = 124
    USAGE = 125
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    SIGNAL_BASE = 128
    INTERRUPTED = 130
    """128 + SIGINT: the user stopped the command."""
    BROKEN_PIPE = 141
    """128 + SIGPIPE: the reader of our own output went away."""


class AimcError(Exception):
    """Something that prevents a run, and that the user can put right."""

    exit_status: ExitStatus = ExitStatus.USAGE


class UsageError(AimcError):
    """The command or a function was called in a way that makes no sense."""


class ConfigError(AimcError):
    """A preset or an override is wrong."""


class BuildFailed(AimcError):
    """A guest program of the catalogue could not be built."""


class ExecError(AimcError):
    """The file is not an AArch64 Linux program that this machine can run."""

    exit_status = ExitStatus.NOT_EXECUTABLE


class ProgramNotFound(AimcError):
    """There is no such program, neither as an image nor as a file."""

    exit_status = ExitStatus.NOT_FOUND


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause to append to "unknown …": the nearest known words, or nothing if none is near.

    >>> did_you_mean("core.frequency", ["core.frequency_hz", "compat"])
    '; did you mean core.frequency_hz?'
    """
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""

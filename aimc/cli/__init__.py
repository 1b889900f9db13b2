"""The `aimc` command: one file per subcommand, found in `aimc.cli.group`.

What holds for all of them stands here: our own words go to standard error as `aimc: …` in one sentence, the exit
statuses are those of `aimc.errors.ExitStatus`, and no user ever sees a traceback unless `AIMC_DEBUG=1` asks for it.
Heavy modules (engine, compiler, tables) are imported inside the commands that need them.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from aimc.errors import AimcError, ExitStatus


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own) and return the exit status."""
    # Start-up makes many objects and no garbage; `load_machine` turns collection on again. Saves a fifth of the time.
    gc.disable()
    _open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an ASCII terminal shows ? for ×, instead of an error
    try:
        status = _invoke(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader went away (`aimc presets show … | head`). Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.BROKEN_PIPE
    except KeyboardInterrupt:
        say("interrupted")
        return ExitStatus.INTERRUPTED
    finally:
        # For who calls this function in a process that goes on.
        gc.enable()


def _open_closed_streams() -> None:
    """Put /dev/null where the caller closed a standard stream (`aimc run … >&-`), so that no file we open takes its
    place.
    """
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115 (open as long as the process)


def say(sentence: str) -> None:
    """Tell the user something on standard error."""
    print(f"aimc: {sentence}", file=sys.stderr)


def _invoke(arguments: list[str]) -> int:
    from aimc.cli.group import aimc

    try:
        if instruction := os.environ.get("_AIMC_COMPLETE"):
            from click.shell_completion import shell_complete

            return shell_complete(aimc, {}, "aimc", "_AIMC_COMPLETE", instruction)
        with aimc.make_context("aimc", arguments) as context:
            status = aimc.invoke(context)
            return status if isinstance(status, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitStatus.USAGE
    except click.ClickException as error:
        say(_usage_sentence(error))
        return ExitStatus.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None
    except AimcError as error:
        _trace()
        say(str(error))
        return error.exit_status
    except BrokenPipeError:
        raise
    except Exception as error:
        if not _trace():
            say(
                "internal error, please report it with the command you gave: "
                f"{type(error).__name__}: {_one_line(error)} (AIMC_DEBUG=1 in the environment shows where)"
            )
        return ExitStatus.USAGE


def _trace() -> bool:
    """Print the traceback of the exception in hand if the user asked for tracebacks."""
    wanted = os.environ.get("AIMC_DEBUG", "") not in ("", "0")
    if wanted:
        traceback.print_exc()
    return wanted


def _usage_sentence(error: click.ClickException) -> str:
    message = _one_line(error.format_message()).rstrip(".")
    message = message[:1].lower() + message[1:]
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message} (see {context.command_path} --help)" if context is not None else message


def _one_line(message: object) -> str:
    return " ".join(str(message).split())

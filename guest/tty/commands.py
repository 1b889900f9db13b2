"""ioctl commands of terminals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.structs import Termios, Winsize
from guest.abi.tty import (
    N_TTY,
    TCIFLUSH,
    TCIOFF,
    TCIOFLUSH,
    TCION,
    TCOFLUSH,
    TCOOFF,
    TCOON,
    ControlCharacter,
    Termios2,
    TtyCommand,
)
from guest.credentials import Capability
from guest.mm.user_copy import copy_from_user, copy_to_user, write_struct
from guest.tty import job_control
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from guest.task import Task
    from guest.tty.terminal import Terminal

_SETS = {
    TtyCommand.TCSETS: False, TtyCommand.TCSETSW: False, TtyCommand.TCSETSF: True,
    TtyCommand.TCSETS2: False, TtyCommand.TCSETSW2: False, TtyCommand.TCSETSF2: True,
}  # fmt: skip
"""Whether each throws away what was typed. Output needs no waiting: it is out when write returns."""
_WITH_SPEEDS = (TtyCommand.TCSETS2, TtyCommand.TCSETSW2, TtyCommand.TCSETSF2)
_CHANGES = (*_SETS, TtyCommand.TCSBRK, TtyCommand.TCSBRKP, TtyCommand.TCXONC, TtyCommand.TCFLSH, TtyCommand.TIOCSPGRP)
"""What a background group may not do (SIGTTOU)."""


def terminal_command(terminal: Terminal, task: Task, command: int, argument: int) -> int | Blocking[int]:
    """Run a command; one that a background group may not give waits until the group is in the foreground."""
    if terminal.hung_up:
        raise Errno(E.ENOTTY if command == TtyCommand.TIOCSPGRP else E.EIO)
    if command in _CHANGES and not job_control.may_use(terminal, task, Signal.SIGTTOU):
        return _when_in_foreground(terminal, task, command, argument)
    return _run(terminal, task, command, argument)


def _when_in_foreground(terminal: Terminal, task: Task, command: int, argument: int) -> Blocking[int]:
    while True:
        yield Wait((terminal.readiness,))
        if job_control.may_use(terminal, task, Signal.SIGTTOU):
            return _run(terminal, task, command, argument)


def _run(terminal: Terminal, task: Task, command: int, argument: int) -> int:
    mm = task.mm
    match command:
        case TtyCommand.TCGETS:
            write_struct(mm, argument, _without_speeds(terminal.settings))
        case TtyCommand.TCGETS2:
            write_struct(mm, argument, terminal.settings)
        case command if command in _SETS:
            _set(terminal, task, TtyCommand(command), argument)
        case TtyCommand.TIOCGWINSZ:
            write_struct(mm, argument, terminal.winsize)
        case TtyCommand.TIOCSWINSZ:
            terminal.set_size(Winsize.from_bytes(copy_from_user(mm, argument, Winsize.size)))
        case TtyCommand.TIOCGPGRP:
            _check_own(terminal, task)
            _put_int(task, argument, terminal.foreground_group)
        case TtyCommand.TIOCSPGRP:
            job_control.set_foreground(terminal, task, _get_int(task, argument))
        case TtyCommand.TIOCGSID:
            _check_own(terminal, task)
            _put_int(task, argument, terminal.session)
        case TtyCommand.TIOCSCTTY:
            job_control.make_controlling(terminal, task, steal=argument == 1)
        case TtyCommand.TIOCNOTTY:
            if task.process.controlling_terminal is not terminal:
                raise Errno(E.ENOTTY)
            job_control.give_up(task.process, task.kernel)
        case TtyCommand.FIONREAD:
            _put_int(task, argument, terminal.discipline.available())
        case TtyCommand.TIOCOUTQ:
            _put_int(task, argument, 0)
        case TtyCommand.TCFLSH:
            _flush(terminal, argument)
        case TtyCommand.TCXONC:
            _flow(terminal, argument)
        case TtyCommand.TCSBRK | TtyCommand.TCSBRKP:
            # A break has no meaning without a line; output is out already (tcdrain).
            pass
        case TtyCommand.TIOCEXCL:
            terminal.exclusive = True
        case TtyCommand.TIOCNXCL:
            terminal.exclusive = False
        case TtyCommand.TIOCGEXCL:
            _put_int(task, argument, int(terminal.exclusive))
        case TtyCommand.TIOCGETD:
            _put_int(task, argument, N_TTY)
        case TtyCommand.TIOCSETD:
            if _get_int(task, argument) != N_TTY:
                raise Errno(E.EINVAL)
        case TtyCommand.TIOCGDEV:
            _put_int(task, argument, terminal.device)
        case TtyCommand.TIOCSTI:
            if task.process.controlling_terminal is not terminal and not _is_admin(task):
                raise Errno(E.EPERM)
            terminal.typed(copy_from_user(mm, argument, 1))
        case TtyCommand.TIOCVHANGUP:
            if not _is_admin(task):
                raise Errno(E.EPERM)
            job_control.hang_up(task.kernel, terminal)
        case _:
            raise Errno(E.ENOTTY)
    return 0


def _is_admin(task: Task) -> bool:
    return task.credentials.capable(Capability.CAP_SYS_ADMIN)


def _check_own(terminal: Terminal, task: Task) -> None:
    if task.process.controlling_terminal is not terminal:
        raise Errno(E.ENOTTY)


def _get_int(task: Task, address: int) -> int:
    return int.from_bytes(copy_from_user(task.mm, address, 4), "little", signed=True)


def _put_int(task: Task, address: int, value: int) -> None:
    copy_to_user(task.mm, address, (value & 0xFFFFFFFF).to_bytes(4, "little"))


def _without_speeds(settings: Termios2) -> Termios:
    return Termios(
        settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag, settings.c_line, settings.c_cc
    )


def _set(terminal: Terminal, task: Task, command: TtyCommand, argument: int) -> None:
    if command in _WITH_SPEEDS:
        new = Termios2.from_bytes(copy_from_user(task.mm, argument, Termios2.size))
    else:
        old = Termios.from_bytes(copy_from_user(task.mm, argument, Termios.size))
        new = replace(
            terminal.settings, c_iflag=old.c_iflag, c_oflag=old.c_oflag, c_cflag=old.c_cflag, c_lflag=old.c_lflag,
            c_line=old.c_line, c_cc=old.c_cc,
        )  # fmt: skip
    if _SETS[command]:
        terminal.discipline.flush_input()
    terminal.discipline.set(new)
    terminal.changed()


def _flush(terminal: Terminal, queue: int) -> None:
    if queue not in (TCIFLUSH, TCOFLUSH, TCIOFLUSH):
        raise Errno(E.EINVAL)
    if queue != TCOFLUSH:
        terminal.discipline.flush_input()


def _flow(terminal: Terminal, action: int) -> None:
    if action in (TCOOFF, TCOON):
        terminal.discipline.output_stopped = action == TCOOFF
        terminal.changed()
    elif action in (TCIOFF, TCION):
        # Ask the other end to stop or go on sending.
        control = ControlCharacter.VSTOP if action == TCIOFF else ControlCharacter.VSTART
        character = terminal.settings.c_cc[control]
        if character:
            terminal.driver.put(bytes([character]))
    else:
        raise Errno(E.EINVAL)

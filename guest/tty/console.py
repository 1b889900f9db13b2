"""The console: a terminal of the guest that stands for the terminal of whoever runs it.

In an interactive run the host's terminal is put in raw mode, so that the guest's own line discipline edits lines,
echoes and sends signals, as if the user sat at the modelled machine; it is given back as it was at the end. In any
other run the host's terminal stays as it is: it edits and echoes lines, and the guest's settings are kept but change
only what the guest itself does with a line.
"""

from __future__ import annotations

import atexit
import os
import termios
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno, host_errors
from guest.abi.flags import OpenFlag
from guest.abi.structs import Winsize, make_device
from guest.abi.tty import ControlCharacter
from guest.fs.path_walk import walk
from guest.fs.streams import descriptor_of, standard_files
from guest.host_ready import readable, wait_writable
from guest.tty.file import TerminalFile
from guest.tty.job_control import take_if_free
from guest.tty.terminal import Terminal, TerminalName

if TYPE_CHECKING:
    from guest.fs.file import File
    from guest.fs.streams import Streams
    from guest.services import KernelServices
    from guest.task import Process

CONSOLE_NAME = TerminalName(b"/dev/console", make_device(5, 1))
_CHUNK = 4096
_ROOM = 1 << 16
_IFLAG, _OFLAG, _CFLAG, _LFLAG, _, _, _CC = range(7)


class HostTerminal:
    """The driver of the console: host descriptors of a terminal, for input and (perhaps another) for output."""

    def __init__(self, kernel: KernelServices, descriptor: int, output: int, *, raw: bool) -> None:
        self._kernel = kernel
        self._input = descriptor
        self._output = output
        self._raw = raw
        self._saved: list[int | list[bytes | int]] | None = None
        self._ended = False
        self.terminal = Terminal(kernel, CONSOLE_NAME, self, cooked_elsewhere=not raw)
        size = host_size(descriptor)
        if size is not None:
            self.terminal.winsize = size
        if raw:
            self._enter_raw_mode()
            self._watch()

    def close(self) -> None:
        """Give the host's terminal back as it was."""
        self._kernel.host_inputs.unwatch(self._input)
        if self._saved is not None:
            termios.tcsetattr(self._input, termios.TCSADRAIN, self._saved)
            self._saved = None
            atexit.unregister(self.close)

    # -- TerminalDriver ----------------------------------------------------------------------------------------

    def put(self, data: bytes) -> None:
        done = 0
        while done < len(data):
            try:
                with host_errors:
                    done += os.write(self._output, data[done:])
            except Errno as error:
                if error.number is not E.EAGAIN:
                    raise
                # The caller's end is non-blocking; the guest's is not.
                wait_writable(self._output)

    def room(self) -> int:
        return _ROOM

    def seek_input(self) -> None:
        if self._ended:
            self._end_of_file()
            return
        if readable([self._input]):
            self._fetch()
        else:
            self._watch()

    # -- inside ------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if not self._ended:
            self._kernel.host_inputs.watch(self._input, self._arrived)

    def _arrived(self) -> None:
        self._fetch()
        if self._raw:
            # Keys that send signals count even while nobody reads.
            self._watch()

    def _fetch(self) -> None:
        with host_errors:
            data = os.read(self._input, _CHUNK)
        discipline = self.terminal.discipline
        if not data:
            self._ended = self._raw
            self._end_of_file()
        elif self._raw:
            self.terminal.typed(data)
        else:
            discipline.receive_edited(data)

    def _end_of_file(self) -> None:
        """The user typed the end-of-file character, which the host kept, or the host's terminal is gone."""
        mark = self.terminal.settings.c_cc[ControlCharacter.VEOF]
        self.terminal.discipline.receive_edited(bytes([mark]), end_of_file=True)

    def _enter_raw_mode(self) -> None:
        self._saved = termios.tcgetattr(self._input)
        raw = termios.tcgetattr(self._input)
        # As cfmakeraw does it.
        raw[_IFLAG] &= ~(
            termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
            | termios.ICRNL | termios.IXON
        )  # fmt: skip
        raw[_OFLAG] &= ~termios.OPOST
        raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
        raw[_CFLAG] = raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
        raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
        # Whatever ends the run, the user's terminal must be usable afterwards.
        atexit.register(self.close)
        termios.tcsetattr(self._input, termios.TCSADRAIN, raw)


def open_standard_files(kernel: KernelServices, streams: Streams, process: Process) -> tuple[File, File, File]:
    """The files for descriptors 0, 1 and 2 of the first process. Those that are the host's terminal are the console,
    which becomes its controlling terminal.
    """
    plain = standard_files(streams, kernel.host_inputs)
    descriptors = [descriptor_of(stream) for stream in (streams.stdin, streams.stdout, streams.stderr)]
    terminals = [fd is not None and os.isatty(fd) for fd in descriptors]
    if not any(terminals):
        return plain
    source = descriptors[terminals.index(True)]
    shown = next((fd for fd, is_terminal in zip(descriptors[1:], terminals[1:], strict=True) if is_terminal), source)
    assert source is not None and shown is not None
    # Output alone is no reason to take the user's terminal over.
    host = HostTerminal(kernel, source, shown, raw=streams.interactive and terminals[0])
    kernel.terminals.host = host
    kernel.terminals.console = host.terminal
    take_if_free(host.terminal, process)
    root = kernel.tree.root
    dentry = walk(root, root, CONSOLE_NAME.path, follow=True).existing()
    first, second, third = (
        TerminalFile(dentry, OpenFlag.O_RDWR, host.terminal) if is_terminal else file
        for file, is_terminal in zip(plain, terminals, strict=True)
    )
    return first, second, third


def host_size(descriptor: int) -> Winsize | None:
    """Rows and columns of the host's terminal, None if it does not say."""
    try:
        size = os.get_terminal_size(descriptor)
    except OSError:
        return None
    return Winsize(ws_row=size.lines, ws_col=size.columns)

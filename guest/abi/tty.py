"""Terminals: flags, control characters, commands and structures (`include/uapi/asm-generic/{termbits,ioctls}.h`)."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from guest.abi.cstruct import U8, U32, Array, Struct
from guest.abi.flag_word import FlagWord


class InputFlag(FlagWord):
    """c_iflag."""

    IGNBRK = 0o1
    BRKINT = 0o2
    IGNPAR = 0o4
    PARMRK = 0o10
    INPCK = 0o20
    ISTRIP = 0o40
    INLCR = 0o100
    IGNCR = 0o200
    ICRNL = 0o400
    IUCLC = 0o1000
    IXON = 0o2000
    IXANY = 0o4000
    IXOFF = 0o10000
    IMAXBEL = 0o20000
    IUTF8 = 0o40000


class OutputFlag(FlagWord):
    """c_oflag."""

    OPOST = 0o1
    OLCUC = 0o2
    ONLCR = 0o4
    OCRNL = 0o10
    ONOCR = 0o20
    ONLRET = 0o40
    OFILL = 0o100
    OFDEL = 0o200
    TABDLY = 0o14000


class LocalFlag(FlagWord):
    """c_lflag."""

    ISIG = 0o1
    ICANON = 0o2
    XCASE = 0o4
    ECHO = 0o10
    ECHOE = 0o20
    ECHOK = 0o40
    ECHONL = 0o100
    NOFLSH = 0o200
    TOSTOP = 0o400
    ECHOCTL = 0o1000
    ECHOPRT = 0o2000
    ECHOKE = 0o4000
    FLUSHO = 0o10000
    PENDIN = 0o40000
    IEXTEN = 0o100000
    EXTPROC = 0o200000


class ControlCharacter(IntEnum):
    """Indices of c_cc."""

    VINTR = 0
    VQUIT = 1
    VERASE = 2
    VKILL = 3
    VEOF = 4
    VTIME = 5
    VMIN = 6
    VSWTC = 7
    VSTART = 8
    VSTOP = 9
    VSUSP = 10
    VEOL = 11
    VREPRINT = 12
    VDISCARD = 13
    VWERASE = 14
    VLNEXT = 15
    VEOL2 = 16


class TtyCommand(IntEnum):
    """ioctl commands of terminals."""

    TCGETS = 0x5401
    TCSETS = 0x5402
    TCSETSW = 0x5403
    TCSETSF = 0x5404
    TCSBRK = 0x5409
    TCXONC = 0x540A
    TCFLSH = 0x540B
    TIOCEXCL = 0x540C
    TIOCNXCL = 0x540D
    TIOCSCTTY = 0x540E
    TIOCGPGRP = 0x540F
    TIOCSPGRP = 0x5410
    TIOCOUTQ = 0x5411
    TIOCSTI = 0x5412
    TIOCGWINSZ = 0x5413
    TIOCSWINSZ = 0x5414
    FIONREAD = 0x541B
    TIOCCONS = 0x541D
    TIOCPKT = 0x5420
    TIOCNOTTY = 0x5422
    TIOCSETD = 0x5423
    TIOCGETD = 0x5424
    TCSBRKP = 0x5425
    TIOCGSID = 0x5429
    TIOCGPTN = 0x80045430
    TIOCSPTLCK = 0x40045431
    TIOCGDEV = 0x80045432
    TIOCVHANGUP = 0x5437
    TIOCGPKT = 0x80045438
    TIOCGPTLCK = 0x80045439
    TIOCGEXCL = 0x80045440
    TIOCGPTPEER = 0x5441
    TCGETS2 = 0x802C542A
    TCSETS2 = 0x402C542B
    TCSETSW2 = 0x402C542C
    TCSETSF2 = 0x402C542D


class Termios2(Struct):
    """struct termios2: the settings with both speeds."""

    c_iflag: U32 = 0
    c_oflag: U32 = 0
    c_cflag: U32 = 0
    c_lflag: U32 = 0
    c_line: U8 = 0
    c_cc: Annotated[tuple[int, ...], Array("B", 19)] = (0,) * 19
    c_ispeed: U32 = 38400
    c_ospeed: U32 = 38400


TCIFLUSH, TCOFLUSH, TCIOFLUSH = 0, 1, 2
TCOOFF, TCOON, TCIOFF, TCION = 0, 1, 2, 3
N_TTY = 0
_CREAD, _CS8 = 0o200, 0o60
_B38400 = 0o17


def default_settings() -> Termios2:
    """tty_std_termios: settings of a fresh terminal (a pseudo-terminal has no line to hang up: no HUPCL)."""
    return Termios2(
        c_iflag=int(InputFlag.ICRNL | InputFlag.IXON),
        c_oflag=int(OutputFlag.OPOST | OutputFlag.ONLCR),
        c_cflag=_B38400 | _CS8 | _CREAD,
        c_lflag=int(
            LocalFlag.ISIG | LocalFlag.ICANON | LocalFlag.ECHO | LocalFlag.ECHOE | LocalFlag.ECHOK | LocalFlag.ECHOCTL
            | LocalFlag.ECHOKE | LocalFlag.IEXTEN
        ),
        c_cc=(3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0),
    )  # fmt: skip

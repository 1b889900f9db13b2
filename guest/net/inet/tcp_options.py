"""Options of level SOL_TCP. They are kept and read back; a model without segments has nothing to apply them to."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import Level, TcpOption
from guest.net.inet.options import read_int

if TYPE_CHECKING:
    from guest.net.inet.tcp import TcpSocket

_LEVEL = int(Level.SOL_TCP)
_LOOPBACK_MSS = 65483
"""The loopback's MTU less the headers and the timestamp option."""
_DEFAULT_MSS = 536
_CONGESTION = b"cubic"
_CONTROLS = (b"cubic", b"reno")
_DEFAULTS = {
    TcpOption.TCP_NODELAY: 0, TcpOption.TCP_CORK: 0, TcpOption.TCP_KEEPIDLE: 7200, TcpOption.TCP_KEEPINTVL: 75,
    TcpOption.TCP_KEEPCNT: 9, TcpOption.TCP_SYNCNT: 6, TcpOption.TCP_LINGER2: 60, TcpOption.TCP_DEFER_ACCEPT: 0,
    TcpOption.TCP_WINDOW_CLAMP: 0, TcpOption.TCP_QUICKACK: 1, TcpOption.TCP_USER_TIMEOUT: 0, TcpOption.TCP_FASTOPEN: 0,
    TcpOption.TCP_NOTSENT_LOWAT: 0, TcpOption.TCP_MAXSEG: 0,
}  # fmt: skip
_RANGES = {
    TcpOption.TCP_KEEPIDLE: (1, 32767), TcpOption.TCP_KEEPINTVL: (1, 32767), TcpOption.TCP_KEEPCNT: (1, 127),
    TcpOption.TCP_SYNCNT: (1, 127), TcpOption.TCP_MAXSEG: (88, 32767), TcpOption.TCP_USER_TIMEOUT: (0, 2**31 - 1),
    TcpOption.TCP_FASTOPEN: (0, 2**31 - 1),
}  # fmt: skip
_BOOLEAN = (TcpOption.TCP_NODELAY, TcpOption.TCP_CORK, TcpOption.TCP_QUICKACK)


def set_option(socket: TcpSocket, name: int, value: bytes) -> None:
    """setsockopt (ENOPROTOOPT, EINVAL; ENOENT for a congestion control that is not there)."""
    if name == TcpOption.TCP_CONGESTION:
        control = value[:15].split(b"\0", 1)[0]
        if control not in _CONTROLS:
            raise Errno(E.ENOENT)
        socket.options[(_LEVEL, name)] = _CONTROLS.index(control)
        return
    if name not in _DEFAULTS:
        raise Errno(E.ENOPROTOOPT)
    number = read_int(value)
    low, high = _RANGES.get(TcpOption(name), (-(2**31), 2**31 - 1))
    if not low <= number <= high:
        raise Errno(E.EINVAL)
    socket.options[(_LEVEL, name)] = int(bool(number)) if name in _BOOLEAN else number


def get_option(socket: TcpSocket, name: int) -> bytes:
    """getsockopt (ENOPROTOOPT)."""
    if name == TcpOption.TCP_INFO:
        return _info(socket)
    if name == TcpOption.TCP_CONGESTION:
        return _CONTROLS[socket.option(_LEVEL, name)].ljust(16, b"\0")
    if name == TcpOption.TCP_MAXSEG:
        connected = socket.peer is not None
        return (_LOOPBACK_MSS if connected else socket.option(_LEVEL, name) or _DEFAULT_MSS).to_bytes(4, "little")
    if name not in _DEFAULTS:
        raise Errno(E.ENOPROTOOPT)
    return (socket.option(_LEVEL, name, _DEFAULTS[TcpOption(name)]) & 0xFFFFFFFF).to_bytes(4, "little")


def _info(socket: TcpSocket) -> bytes:
    """struct tcp_info up to tcpi_total_retrans: the state, and figures of an undisturbed loopback connection."""
    retransmission_us, delayed_ack_us = 200_000, 40_000
    return struct.pack(
        "<8B24I",
        socket.info_state, 0, 0, 0, 0, 0, 0x77, 0,
        retransmission_us, delayed_ack_us, _LOOPBACK_MSS, _LOOPBACK_MSS,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 65535, _LOOPBACK_MSS, 0, 0, 0x7FFFFFFF, 10, _LOOPBACK_MSS, 3, 0, 65483, 0,
    )  # fmt: skip

"""Sockaddrs, message headers and ancillary data in user memory."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from emulator.memory import Protection
from guest.abi.constants import MAX_RW_COUNT
from guest.abi.errno import E, Errno
from guest.abi.socket import (
    SCM_MAX_FD,
    SOCKADDR_STORAGE_SIZE,
    UIO_MAXIOV,
    ControlType,
    Family,
    IpOption,
    Ipv6Option,
    Level,
    MessageFlag,
)
from guest.credentials import Capability
from guest.mm.user_copy import accessible_bytes, check_user, copy_from_user, copy_to_user
from guest.net.ancillary import Ancillary, PeerIdentity
from guest.net.message import Incoming, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guest.mm.address_space import AddressSpace
    from guest.net.socket import Socket
    from guest.task import Task

_HEADER = struct.Struct("<Qi4xQQQQi4x")
HEADER_SIZE = _HEADER.size
_NAME_LENGTH, _CONTROL_LENGTH, _FLAGS = 8, 40, 48
"""Offsets of what recvmsg stores."""
_IOVEC = struct.Struct("<QQ")
_CONTROL_HEAD = struct.Struct("<Qii")
_INT = struct.Struct("<i")
_OPTMEM_MAX = 131072
"""net.core.optmem_max: more ancillary data than this is refused."""
LARGE = 1 << 22
"""No more is fetched at once."""
_CONTROL_TRUNCATED = int(MessageFlag.MSG_CTRUNC)

Pieces = list[tuple[int, int]]
"""Addresses and lengths of a scattered buffer."""


class MessageHeader(NamedTuple):
    """struct msghdr."""

    name: int
    name_length: int
    vector: int
    vector_length: int
    control: int
    control_length: int
    flags: int


def read_header(task: Task, address: int) -> MessageHeader:
    """The header at an address (EFAULT)."""
    return MessageHeader._make(_HEADER.unpack(copy_from_user(task.mm, address, HEADER_SIZE)))


def read_address(task: Task, address: int, length: int) -> bytes:
    """A sockaddr that the program gives (EINVAL, EFAULT)."""
    if not 0 <= length <= SOCKADDR_STORAGE_SIZE:
        raise Errno(E.EINVAL)
    return copy_from_user(task.mm, address, length) if length else b""


def write_address(task: Task, address: int, length_address: int, name: bytes) -> None:
    """Give a sockaddr as far as there is room, and its true length (EINVAL, EFAULT)."""
    room = int.from_bytes(copy_from_user(task.mm, length_address, 4), "little", signed=True)
    if room < 0:
        raise Errno(E.EINVAL)
    copy_to_user(task.mm, address, name[:room])
    copy_to_user(task.mm, length_address, len(name).to_bytes(4, "little"))


def read_pieces(task: Task, address: int, count: int) -> tuple[Pieces, int]:
    """The buffers of a message and their total length (EMSGSIZE, EINVAL, EFAULT)."""
    if count > UIO_MAXIOV:
        raise Errno(E.EMSGSIZE)
    pieces: Pieces = []
    total = 0
    for base, length in _IOVEC.iter_unpack(copy_from_user(task.mm, address, count * _IOVEC.size)):
        if length >= 1 << 63:
            raise Errno(E.EINVAL)
        length = min(length, MAX_RW_COUNT - total)
        if length:
            pieces.append((base, length))
            total += length
    return pieces, total


class UserSource:
    """The bytes that a program sends, fetched when there is room for them: nothing is copied twice."""

    __slots__ = ("_mm", "_pieces", "left", "lost")

    def __init__(self, mm: AddressSpace, pieces: Pieces, total: int) -> None:
        self._mm = mm
        self._pieces = pieces[::-1]
        self.left = total
        self.lost = 0
        """Bytes that will not be sent, because of an error after others were."""

    def take(self, size: int) -> bytes:
        """The next `size` bytes (EFAULT); there must be as many."""
        pieces = self._pieces
        if not size:
            return b""
        if size > LARGE:
            # Before room is made for what may not be there.
            for base, length in pieces:
                check_user(self._mm, base, length, Protection.READ)
        base, length = pieces[-1]
        if length == size:
            data = copy_from_user(self._mm, base, size)
            pieces.pop()
            self.left -= size
            return data
        parts: list[bytes] = []
        left = size
        while left:
            base, length = pieces[-1]
            part = min(length, left)
            parts.append(copy_from_user(self._mm, base, part))
            if part == length:
                pieces.pop()
            else:
                pieces[-1] = (base + part, length - part)
            left -= part
            self.left -= part
        return b"".join(parts)


def scatter(mm: AddressSpace, pieces: Pieces, data: bytes | memoryview) -> None:
    """Store received bytes (EFAULT)."""
    if len(pieces) == 1 and pieces[0][1] >= len(data):
        copy_to_user(mm, pieces[0][0], data)
        return
    view = memoryview(data)
    for base, length in pieces:
        if not view:
            break
        copy_to_user(mm, base, view[:length])
        view = view[length:]


def writable_bytes(mm: AddressSpace, pieces: Pieces) -> int:
    """How much of the pieces may be written, up to the first bad byte (EFAULT if that is nothing)."""
    usable = 0
    for base, length in pieces:
        part = accessible_bytes(mm, base, length, Protection.WRITE)
        usable += part
        if part < length:
            if not usable:
                raise Errno(E.EFAULT)
            break
    return usable


# -- ancillary data --------------------------------------------------------------------------------------------


def parse_control(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The pieces of ancillary data: level, type, content (EINVAL)."""
    position = 0
    while position + _CONTROL_HEAD.size <= len(data):
        length, level, kind = _CONTROL_HEAD.unpack_from(data, position)
        if length < _CONTROL_HEAD.size or position + length > len(data):
            raise Errno(E.EINVAL)
        yield level, kind, data[position + _CONTROL_HEAD.size : position + length]
        position += length + 7 & ~7


def read_control(task: Task, socket: Socket, header: MessageHeader, out: Outgoing) -> None:
    """Take what the program sends along; on a failure nothing is kept (EINVAL, EBADF, EPERM, ENOBUFS)."""
    if header.control_length > _OPTMEM_MAX:
        raise Errno(E.ENOBUFS)
    data = copy_from_user(task.mm, header.control, header.control_length)
    if socket.family in (Family.AF_INET, Family.AF_INET6):
        for level, kind, content in parse_control(data):
            if level != Level.SOL_IPV6 or socket.family == Family.AF_INET6:
                _read_inet_control(level, kind, content, out)
        return
    numbers: list[int] = []
    identity = None
    for level, kind, content in parse_control(data):
        if level != Level.SOL_SOCKET:
            continue
        if kind == ControlType.SCM_RIGHTS and socket.family == Family.AF_UNIX:
            numbers += [number for (number,) in _INT.iter_unpack(content[: len(content) & ~3])]
            if len(numbers) > SCM_MAX_FD:
                raise Errno(E.EINVAL)
        elif kind == ControlType.SCM_CREDENTIALS:
            identity = _checked_identity(task, content)
        else:
            raise Errno(E.EINVAL)
    if numbers or identity is not None:
        out.ancillary = Ancillary(identity, tuple(task.files.get(number) for number in numbers))


def _checked_identity(task: Task, content: bytes) -> PeerIdentity:
    """SCM_CREDENTIALS: nobody may say that he is somebody else, unless privileged."""
    if len(content) != 12:
        raise Errno(E.EINVAL)
    pid, uid, gid = (int.from_bytes(content[at : at + 4], "little", signed=at == 0) for at in (0, 4, 8))
    credentials = task.credentials
    if (
        (pid == task.pid or credentials.capable(Capability.CAP_SYS_ADMIN))
        and (uid in (credentials.uid, credentials.euid, credentials.suid) or credentials.capable(Capability.CAP_SETUID))
        and (gid in (credentials.gid, credentials.egid, credentials.sgid) or credentials.capable(Capability.CAP_SETGID))
    ):
        if pid != task.pid and task.kernel.tasks.process(pid) is None:
            raise Errno(E.ESRCH)
        return PeerIdentity(pid, uid, gid)
    raise Errno(E.EPERM)


def _read_inet_control(level: int, kind: int, content: bytes, out: Outgoing) -> None:
    if level == Level.SOL_SOCKET:
        if kind not in (ControlType.SCM_RIGHTS, ControlType.SCM_CREDENTIALS):
            raise Errno(E.EINVAL)
    elif level == Level.SOL_IP:
        if kind == IpOption.IP_PKTINFO and len(content) == 12:
            out.source = content[4:8] if any(content[4:8]) else None
        elif kind == IpOption.IP_TTL:
            out.ttl = _header_field(content, 1)
        elif kind == IpOption.IP_TOS:
            out.tos = content[0] if len(content) == 1 else _header_field(content, 0)
        else:
            raise Errno(E.EINVAL)
    elif level == Level.SOL_IPV6:
        if kind == Ipv6Option.IPV6_PKTINFO and len(content) >= 20:
            out.source = content[:16] if any(content[:16]) else None
        elif kind in (Ipv6Option.IPV6_HOPLIMIT, Ipv6Option.IPV6_TCLASS):
            # -1 is the socket's own.
            value = _header_field(content, -1)
            name = "hop_limit" if kind == Ipv6Option.IPV6_HOPLIMIT else "traffic_class"
            setattr(out, name, None if value < 0 else value)
        else:
            raise Errno(E.EINVAL)


def _header_field(content: bytes, lowest: int) -> int:
    """An int for a byte of the packet's header (EINVAL)."""
    if len(content) != 4:
        raise Errno(E.EINVAL)
    value = int.from_bytes(content, "little", signed=True)
    if not lowest <= value <= 255:
        raise Errno(E.EINVAL)
    return value


def write_control(task: Task, header: MessageHeader, received: Incoming, *, close_on_exec: bool) -> tuple[int, int]:
    """Store ancillary data as far as there is room; the length used, and MSG_CTRUNC if something was lost."""
    room = header.control_length if header.control else 0
    parts: list[bytes] = []
    lost = 0
    used = 0

    def put(level: int, kind: int, content: bytes) -> None:
        nonlocal used, lost
        left = room - used
        if left < _CONTROL_HEAD.size:
            lost = _CONTROL_TRUNCATED
            return
        length = _CONTROL_HEAD.size + len(content)
        if left < length:
            lost, length = _CONTROL_TRUNCATED, left
        part = (_CONTROL_HEAD.pack(length, level, kind) + content)[:length]
        part = part.ljust(min(length + 7 & ~7, left), b"\0")
        parts.append(part)
        used += len(part)

    for level, kind, content in received.control:
        put(level, kind, content)
    ancillary = received.ancillary
    if ancillary is not None:
        if ancillary.identity is not None:
            put(Level.SOL_SOCKET, ControlType.SCM_CREDENTIALS, ancillary.identity.to_bytes())
        if ancillary.files:
            places = max(room - used - _CONTROL_HEAD.size, 0) // 4
            numbers = _install(task, ancillary, places, close_on_exec=close_on_exec)
            if len(numbers) < len(ancillary.files):
                lost = _CONTROL_TRUNCATED
            ancillary.release()
            if numbers:
                content = b"".join(number.to_bytes(4, "little") for number in numbers)
                put(Level.SOL_SOCKET, ControlType.SCM_RIGHTS, content)
    if parts:
        copy_to_user(task.mm, header.control, b"".join(parts))
    return used, lost


def _install(task: Task, ancillary: Ancillary, places: int, *, close_on_exec: bool) -> list[int]:
    numbers: list[int] = []
    for file in ancillary.files[:places]:
        try:
            numbers.append(task.files.install(file, close_on_exec=close_on_exec))
        except Errno:
            # No descriptor left: the rest is lost, as the flag tells.
            break
    return numbers


def write_header(task: Task, address: int, header: MessageHeader, received: Incoming, flags: int) -> None:
    """What recvmsg says besides the bytes: name, ancillary data, flags."""
    mm = task.mm
    if header.name and received.address is not None:
        copy_to_user(mm, header.name, received.address[: header.name_length])
    if header.name:
        length = len(received.address) if received.address is not None else 0
        copy_to_user(mm, address + _NAME_LENGTH, length.to_bytes(4, "little"))
    used = lost = 0
    if received.ancillary is not None or received.control:
        close_on_exec = bool(flags & MessageFlag.MSG_CMSG_CLOEXEC)
        used, lost = write_control(task, header, received, close_on_exec=close_on_exec)
    said = received.flags | lost | flags & MessageFlag.MSG_CMSG_CLOEXEC
    copy_to_user(mm, address + _CONTROL_LENGTH, used.to_bytes(8, "little") + said.to_bytes(4, "little"))

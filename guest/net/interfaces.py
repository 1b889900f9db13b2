"""The network interface `lo`, as ioctl shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.socket import ARPHRD_LOOPBACK, LOOPBACK_INDEX, LOOPBACK_MTU, Family, InterfaceFlag, SocketIoctl
from guest.mm.user_copy import copy_from_user, copy_to_user

if TYPE_CHECKING:
    from guest.task import Task

LOOPBACK_NAME = b"lo"
LOOPBACK_FLAGS = int(InterfaceFlag.IFF_UP | InterfaceFlag.IFF_LOOPBACK | InterfaceFlag.IFF_RUNNING)
TRANSMIT_QUEUE_LENGTH = 1000
_NAME_SIZE, _REQUEST_SIZE, _CONF_SIZE = 16, 40, 16


def _sockaddr(family: int, content: bytes) -> bytes:
    return (family.to_bytes(2, "little") + content).ljust(24, b"\0")


def _address(*ip: int) -> bytes:
    return _sockaddr(Family.AF_INET, b"\0\0" + bytes(ip))


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little").ljust(24, b"\0")


_ANSWERS = {
    SocketIoctl.SIOCGIFFLAGS: _number(LOOPBACK_FLAGS),
    SocketIoctl.SIOCGIFADDR: _address(127, 0, 0, 1),
    SocketIoctl.SIOCGIFDSTADDR: _address(127, 0, 0, 1),
    SocketIoctl.SIOCGIFBRDADDR: _address(0, 0, 0, 0),
    SocketIoctl.SIOCGIFNETMASK: _address(255, 0, 0, 0),
    SocketIoctl.SIOCGIFMETRIC: _number(0),
    SocketIoctl.SIOCGIFMTU: _number(LOOPBACK_MTU),
    SocketIoctl.SIOCGIFHWADDR: _sockaddr(ARPHRD_LOOPBACK, b""),
    SocketIoctl.SIOCGIFINDEX: _number(LOOPBACK_INDEX),
    SocketIoctl.SIOCGIFTXQLEN: _number(TRANSMIT_QUEUE_LENGTH),
}
"""What follows the name in struct ifreq."""


def interface_ioctl(task: Task, command: int, argument: int) -> int:
    """An ioctl about interfaces (ENOTTY if it is none, ENODEV for another interface)."""
    if command == SocketIoctl.SIOCGIFCONF:
        return _list(task, argument)
    if command == SocketIoctl.SIOCGIFNAME:
        request = copy_from_user(task.mm, argument, _REQUEST_SIZE)
        if int.from_bytes(request[_NAME_SIZE : _NAME_SIZE + 4], "little") != LOOPBACK_INDEX:
            raise Errno(E.ENODEV)
        copy_to_user(task.mm, argument, LOOPBACK_NAME.ljust(_NAME_SIZE, b"\0"))
        return 0
    answer = _ANSWERS.get(command)  # type: ignore[call-overload]
    if answer is None:
        raise Errno(E.ENOTTY)
    name = copy_from_user(task.mm, argument, _NAME_SIZE).split(b"\0", 1)[0]
    if name != LOOPBACK_NAME:
        raise Errno(E.ENODEV)
    copy_to_user(task.mm, argument + _NAME_SIZE, answer)
    return 0


def _list(task: Task, argument: int) -> int:
    """SIOCGIFCONF: struct ifconf is a length and the address of a buffer of struct ifreq."""
    conf = copy_from_user(task.mm, argument, _CONF_SIZE)
    size = int.from_bytes(conf[:4], "little", signed=True)
    buffer = int.from_bytes(conf[8:], "little")
    used = _REQUEST_SIZE
    if buffer:
        if size < _REQUEST_SIZE:
            used = 0
        else:
            copy_to_user(task.mm, buffer, LOOPBACK_NAME.ljust(_NAME_SIZE, b"\0") + _address(127, 0, 0, 1))
    copy_to_user(task.mm, argument, used.to_bytes(4, "little"))
    return 0

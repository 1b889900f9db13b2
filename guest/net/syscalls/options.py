"""setsockopt and getsockopt."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.socket import Level
from guest.arguments import Fd, Int
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.net.arguments import InOption, LengthPointer, OptionLevel, OptionName, OutOption
from guest.net.options import get_socket_option, set_socket_option
from guest.net.socket import PartOfOption
from guest.net.syscalls.lookup import socket_of
from guest.syscall import syscall
from guest.task import Task

_LONGEST = 4096


@syscall("setsockopt", partial="options of protocols are kept and read back; few of them have an effect")
def setsockopt(task: Task, fd: Fd, level: OptionLevel, name: OptionName, value: InOption, length: Int) -> None:
    if length < 0:
        raise Errno(E.EINVAL)
    socket = socket_of(task, fd)
    data = copy_from_user(task.mm, value, min(length, _LONGEST))
    if level == Level.SOL_SOCKET:
        set_socket_option(socket, task, name, data)
        socket.buffers_changed()
    else:
        socket.set_option(task, level, name, data)


@syscall("getsockopt")
def getsockopt(
    task: Task, fd: Fd, level: OptionLevel, name: OptionName, value: OutOption, length: LengthPointer
) -> None:
    socket = socket_of(task, fd)
    room = int.from_bytes(copy_from_user(task.mm, length, 4), "little", signed=True)
    if room < 0:
        raise Errno(E.EINVAL)
    common = level == Level.SOL_SOCKET
    option = get_socket_option(socket, name) if common else socket.get_option(task, level, name, room)
    part = option if isinstance(option, PartOfOption) else PartOfOption(option[:room], min(len(option), room))
    copy_to_user(task.mm, value, part.data)
    copy_to_user(task.mm, length, part.whole_length.to_bytes(4, "little"))

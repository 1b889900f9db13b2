"""Types of the arguments of socket calls, for decoding and strace."""

from __future__ import annotations

from typing import Annotated

from guest.abi.constants import PATH_MAX
from guest.abi.errno import Errno
from guest.abi.flags import show_flags
from guest.abi.socket import (
    NETLINK_KOBJECT_UEVENT,
    NETLINK_ROUTE,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_TYPE_MASK,
    SOCKADDR_STORAGE_SIZE,
    UIO_MAXIOV,
    Family,
    Level,
    MessageFlag,
    Protocol,
    ShutdownHow,
    SocketType,
)
from guest.arguments import (
    STRING_LIMIT,
    ArgumentType,
    BufferType,
    Integer,
    Shown,
    quote,
    show_address,
    signed32,
    unsigned32,
)
from guest.mm.user_copy import copy_from_user
from guest.net.show import name_of, show_control, show_option, show_sockaddr
from guest.net.user import HEADER_SIZE, MessageHeader, parse_control, read_header, read_pieces
from guest.task import Task

_MMSGHDR_SIZE = 64
_NETLINK_PROTOCOLS = {NETLINK_ROUTE: "NETLINK_ROUTE", NETLINK_KOBJECT_UEVENT: "NETLINK_KOBJECT_UEVENT"}


def _show_domain(value: int) -> str:
    return name_of(Family, value) if value in Family.__members__.values() else str(value)


def _show_type(value: int) -> str:
    text = name_of(SocketType, value & SOCK_TYPE_MASK)
    for flag, name in ((SOCK_CLOEXEC, "SOCK_CLOEXEC"), (SOCK_NONBLOCK, "SOCK_NONBLOCK")):
        text += f"|{name}" if value & flag else ""
    rest = value & ~(SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK)
    return f"{text}|{rest:#x}" if rest else text


def _show_message_flags(value: int) -> str:
    return show_flags(MessageFlag, value)


class _ProtocolType(Integer):
    """Its name depends on the domain, two arguments before."""

    def __init__(self) -> None:
        super().__init__(signed32)

    def show(self, shown: Shown) -> str:
        domain, value = shown.registers[shown.index - 2] & 0xFFFFFFFF, signed32(shown.task, shown.raw)
        if domain in (Family.AF_INET, Family.AF_INET6):
            return name_of(Protocol, value)
        if domain == Family.AF_NETLINK:
            return _NETLINK_PROTOCOLS.get(value, str(value))
        return str(value)


class _OptionType(Integer):
    """Its name depends on the level, the argument before."""

    def __init__(self) -> None:
        super().__init__(signed32)

    def show(self, shown: Shown) -> str:
        level = signed32(shown.task, shown.registers[shown.index - 1])
        return show_option(level, signed32(shown.task, shown.raw))


class _SockaddrType(ArgumentType):
    """A sockaddr whose length is the next argument, or is pointed to by it if the call writes it."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        if not shown.raw:
            return "NULL"
        if self.output and (shown.result is None or shown.result < 0):
            return show_address(shown.raw)
        try:
            length = shown.registers[shown.index + 1]
            if self.output:
                length = int.from_bytes(copy_from_user(shown.task.mm, length, 4), "little")
            length = min(length & 0xFFFFFFFF, SOCKADDR_STORAGE_SIZE)
            return show_sockaddr(copy_from_user(shown.task.mm, shown.raw, length))
        except Errno:
            return show_address(shown.raw)


class _LengthPointerType(ArgumentType):
    """A pointer to the length of something that the call writes."""

    output = True

    def show(self, shown: Shown) -> str:
        if not shown.raw:
            return "NULL"
        try:
            return f"[{int.from_bytes(copy_from_user(shown.task.mm, shown.raw, 4), 'little')}]"
        except Errno:
            return show_address(shown.raw)


class _OptionValueType(ArgumentType):
    """The value of an option: an int where it has four bytes."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        try:
            length = shown.registers[shown.index + 1]
            if self.output:
                if shown.result is None or shown.result < 0:
                    return show_address(shown.raw)
                length = int.from_bytes(copy_from_user(shown.task.mm, length, 4), "little")
            data = copy_from_user(shown.task.mm, shown.raw, min(length & 0xFFFFFFFF, PATH_MAX))
        except Errno:
            return show_address(shown.raw)
        return f"[{int.from_bytes(data, 'little', signed=True)}]" if len(data) == 4 else quote(data)


class _MessageType(ArgumentType):
    """struct msghdr."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        if self.output and (shown.result is None or shown.result < 0):
            return show_address(shown.raw)
        try:
            left = shown.result if self.output and shown.result is not None else 1 << 62
            return _show_message(shown.task, read_header(shown.task, shown.raw), left, self.output)
        except Errno:
            return show_address(shown.raw)


class _MessagesType(ArgumentType):
    """An array of struct mmsghdr whose length is the next argument."""

    def __init__(self, output: bool) -> None:
        self.output = output

    def show(self, shown: Shown) -> str:
        if self.output and (shown.result is None or shown.result < 0):
            return show_address(shown.raw)
        count = min(shown.registers[shown.index + 1] & 0xFFFFFFFF, UIO_MAXIOV)
        if self.output and shown.result is not None:
            count = shown.result
        try:
            texts = []
            for number in range(count):
                address = shown.raw + number * _MMSGHDR_SIZE
                left = 1 << 62
                text = ""
                if self.output:
                    left = int.from_bytes(copy_from_user(shown.task.mm, address + HEADER_SIZE, 4), "little")
                    text = f", msg_len={left}"
                header = read_header(shown.task, address)
                texts.append(f"{{msg_hdr={_show_message(shown.task, header, left, self.output)}{text}}}")
            return "[" + ", ".join(texts) + "]"
        except Errno:
            return show_address(shown.raw)


def _show_message(task: Task, header: MessageHeader, left: int, with_flags: bool) -> str:
    name = "NULL"
    if header.name:
        name = show_sockaddr(copy_from_user(task.mm, header.name, min(header.name_length, SOCKADDR_STORAGE_SIZE)))
    pieces, _ = read_pieces(task, header.vector, header.vector_length)
    texts = []
    for base, length in pieces:
        data = copy_from_user(task.mm, base, min(length, left, STRING_LIMIT + 1))
        texts.append(f"{{iov_base={quote(data)}, iov_len={length}}}")
        left -= min(length, left)
    control = ""
    if header.control_length:
        found = parse_control(copy_from_user(task.mm, header.control, min(header.control_length, PATH_MAX)))
        control = "msg_control=[" + ", ".join(show_control(*one) for one in found) + "], "
    flags = show_flags(MessageFlag, header.flags & 0xFFFFFFFF) if with_flags else "0"
    return (
        f"{{msg_name={name}, msg_namelen={header.name_length}, msg_iov=[{', '.join(texts)}], "
        f"msg_iovlen={header.vector_length}, {control}msg_controllen={header.control_length}, msg_flags={flags}}}"
    )


Domain = Annotated[int, Integer(signed32, _show_domain)]
TypeFlags = Annotated[int, Integer(signed32, _show_type)]
ProtocolNumber = Annotated[int, _ProtocolType()]
MessageFlags = Annotated[int, Integer(unsigned32, _show_message_flags)]
AcceptFlags = Annotated[int, Integer(signed32, lambda v: _show_type(v).removeprefix("0x0|").replace("0x0", "0"))]
How = Annotated[int, Integer(signed32, lambda v: name_of(ShutdownHow, v))]
OptionLevel = Annotated[int, Integer(signed32, lambda v: name_of(Level, v))]
OptionName = Annotated[int, _OptionType()]
InOption = Annotated[int, _OptionValueType(output=False)]
OutOption = Annotated[int, _OptionValueType(output=True)]
InSockaddr = Annotated[int, _SockaddrType(output=False)]
OutSockaddr = Annotated[int, _SockaddrType(output=True)]
LengthPointer = Annotated[int, _LengthPointerType()]
InMessage = Annotated[int, _MessageType(output=False)]
OutMessage = Annotated[int, _MessageType(output=True)]
InMessages = Annotated[int, _MessagesType(output=False)]
OutMessages = Annotated[int, _MessagesType(output=True)]
SendBuffer = Annotated[int, BufferType(output=False)]

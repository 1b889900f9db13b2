"""Requests to the kernel: messages with a header, one or more in a datagram (Linux: netlink_rcv_skb)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guest.abi.errno import Errno
from guest.abi.netlink import HEADER, NLM_F_CAPPED, NLMSG_MIN_TYPE, HeaderFlag, MessageType, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guest.net.netlink.protocol import NetlinkProtocol
    from guest.task import Task


class Request(NamedTuple):
    """One message of a datagram."""

    header: bytes
    kind: int
    flags: int
    sequence: int
    content: bytes
    rest: bytes
    """The datagram from `content` on, with the messages that follow."""


def requests(datagram: bytes) -> Iterator[Request]:
    """The messages of a datagram, up to the first whose length cannot be."""
    position = 0
    while position + HEADER.size <= len(datagram):
        length, kind, flags, sequence, _ = HEADER.unpack_from(datagram, position)
        if length < HEADER.size or position + length > len(datagram):
            return
        begin = position + HEADER.size
        yield Request(
            datagram[position:begin], kind, flags, sequence, datagram[begin : position + length], datagram[begin:]
        )
        position += length + 3 & ~3


def answers(protocol: NetlinkProtocol, task: Task, datagram: bytes, port: int, *, capped: bool) -> Iterator[bytes]:
    """The datagrams that the kernel sends back to the socket with the port.

    `capped` is NETLINK_CAP_ACK: what tells of an error does not repeat the request.
    """
    for request in requests(datagram):
        error = 0
        acknowledged = bool(request.flags & HeaderFlag.NLM_F_ACK)
        if request.flags & HeaderFlag.NLM_F_REQUEST and request.kind >= NLMSG_MIN_TYPE:
            try:
                yield from protocol.answer(task, request, port)
                acknowledged = acknowledged and not protocol.is_dump(request)
            except Errno as raised:
                error = raised.number.value
        if error or acknowledged:
            yield _acknowledgement(request, error, port, capped=capped or not error)


def _acknowledgement(request: Request, error: int, port: int, *, capped: bool) -> bytes:
    """struct nlmsgerr: the error and the message that failed, by which libraries know which one it was."""
    content = (-error).to_bytes(4, "little", signed=True) + request.header + (b"" if capped else request.content)
    return message(MessageType.NLMSG_ERROR, NLM_F_CAPPED if capped else 0, request.sequence, port, content)

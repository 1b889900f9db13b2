"""NETLINK_ROUTE: one interface, `lo`, with its addresses and the routes to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.netlink import (
    ADDRESS,
    LINK,
    NLM_F_DUMP,
    ROUTE,
    AddressAttribute,
    HeaderFlag,
    LinkAttribute,
    MessageType,
    RouteAttribute,
    attribute,
    message,
)
from guest.abi.socket import (
    ARPHRD_LOOPBACK,
    LOOPBACK_INDEX,
    LOOPBACK_MTU,
    NETLINK_ROUTE,
    Family,
    InterfaceFlag,
)
from guest.net.inet.address import LOOPBACK4, LOOPBACK6
from guest.net.interfaces import LOOPBACK_FLAGS, LOOPBACK_NAME, TRANSMIT_QUEUE_LENGTH
from guest.net.netlink.protocol import NetlinkProtocol

if TYPE_CHECKING:
    from guest.net.netlink.request import Request
    from guest.services import KernelServices
    from guest.task import Task

_PERMANENT, _HOST_SCOPE, _LINK_SCOPE, _UNIVERSE = 0x80, 254, 253, 0
_LOCAL_TABLE, _KERNEL_PROTOCOL, _LOCAL, _BROADCAST = 255, 2, 2, 3
_FOREVER = b"\xff\xff\xff\xff"


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _link() -> bytes:
    flags = LOOPBACK_FLAGS | InterfaceFlag.IFF_LOWER_UP
    parts = [
        (LinkAttribute.IFLA_IFNAME, LOOPBACK_NAME + b"\0"),
        (LinkAttribute.IFLA_TXQLEN, _u32(TRANSMIT_QUEUE_LENGTH)),
        (LinkAttribute.IFLA_OPERSTATE, b"\0"),
        (LinkAttribute.IFLA_LINKMODE, b"\0"),
        (LinkAttribute.IFLA_MTU, _u32(LOOPBACK_MTU)),
        (LinkAttribute.IFLA_GROUP, _u32(0)),
        (LinkAttribute.IFLA_PROMISCUITY, _u32(0)),
        (LinkAttribute.IFLA_NUM_TX_QUEUES, _u32(1)),
        (LinkAttribute.IFLA_NUM_RX_QUEUES, _u32(1)),
        (LinkAttribute.IFLA_CARRIER, b"\1"),
        (LinkAttribute.IFLA_QDISC, b"noqueue\0"),
        (LinkAttribute.IFLA_ADDRESS, bytes(6)),
        (LinkAttribute.IFLA_BROADCAST, bytes(6)),
        (LinkAttribute.IFLA_STATS64, bytes(8 * 25)),
        (LinkAttribute.IFLA_STATS, bytes(4 * 24)),
    ]
    head = LINK.pack(Family.AF_UNSPEC, ARPHRD_LOOPBACK, LOOPBACK_INDEX, flags, 0)
    return head + b"".join(attribute(kind, content) for kind, content in parts)


def _addresses(family: int) -> list[bytes]:
    found = []
    cache = attribute(AddressAttribute.IFA_CACHEINFO, _FOREVER + _FOREVER + bytes(8))
    flags = attribute(AddressAttribute.IFA_FLAGS, _u32(_PERMANENT))
    if family in (Family.AF_UNSPEC, Family.AF_INET):
        found.append(
            ADDRESS.pack(Family.AF_INET, 8, _PERMANENT, _HOST_SCOPE, LOOPBACK_INDEX)
            + attribute(AddressAttribute.IFA_ADDRESS, LOOPBACK4)
            + attribute(AddressAttribute.IFA_LOCAL, LOOPBACK4)
            + attribute(AddressAttribute.IFA_LABEL, LOOPBACK_NAME + b"\0")
            + flags
            + cache
        )
    if family in (Family.AF_UNSPEC, Family.AF_INET6):
        found.append(
            ADDRESS.pack(Family.AF_INET6, 128, _PERMANENT, _HOST_SCOPE, LOOPBACK_INDEX)
            + attribute(AddressAttribute.IFA_ADDRESS, LOOPBACK6)
            + cache
            + flags
        )
    return found


def _route(family: int, length: int, kind: int, scope: int, destination: bytes, source: bytes) -> bytes:
    parts = attribute(RouteAttribute.RTA_TABLE, _u32(_LOCAL_TABLE)) + attribute(RouteAttribute.RTA_DST, destination)
    if source:
        parts += attribute(RouteAttribute.RTA_PREFSRC, source)
    parts += attribute(RouteAttribute.RTA_OIF, _u32(LOOPBACK_INDEX))
    return ROUTE.pack(family, length, 0, 0, _LOCAL_TABLE, _KERNEL_PROTOCOL, scope, kind, 0) + parts


def _routes(family: int) -> list[bytes]:
    """All in the local table: there is no way out."""
    found = []
    if family in (Family.AF_UNSPEC, Family.AF_INET):
        v4 = Family.AF_INET
        found.append(_route(v4, 8, _LOCAL, _HOST_SCOPE, b"\x7f\0\0\0", LOOPBACK4))
        found.append(_route(v4, 32, _LOCAL, _HOST_SCOPE, LOOPBACK4, LOOPBACK4))
        found.append(_route(v4, 32, _BROADCAST, _LINK_SCOPE, b"\x7f\xff\xff\xff", LOOPBACK4))
    if family in (Family.AF_UNSPEC, Family.AF_INET6):
        found.append(_route(Family.AF_INET6, 128, _LOCAL, _UNIVERSE, LOOPBACK6, b""))
    return found


def _dump(kind: int, family: int) -> tuple[int, list[bytes]]:
    if kind == MessageType.RTM_GETLINK:
        return MessageType.RTM_NEWLINK, [_link()]
    if kind == MessageType.RTM_GETADDR:
        return MessageType.RTM_NEWADDR, _addresses(family)
    if kind == MessageType.RTM_GETROUTE:
        return MessageType.RTM_NEWROUTE, _routes(family)
    if kind in (MessageType.RTM_GETNEIGH, MessageType.RTM_GETRULE, MessageType.RTM_GETQDISC):
        return kind - 2, []
    raise Errno(E.EOPNOTSUPP)


def _get(kind: int, content: bytes) -> bytes:
    """The answer to a question about one thing: only links are asked for like this."""
    if kind != MessageType.RTM_GETLINK:
        # Three kinds of changes come before each GET in the numbering; nobody may make any.
        raise Errno(E.EPERM if kind & 3 != 2 else E.EOPNOTSUPP)
    if len(content) < LINK.size:
        raise Errno(E.EINVAL)
    index = LINK.unpack_from(content)[2]
    wanted = _attribute_of(content[LINK.size :], LinkAttribute.IFLA_IFNAME)
    if index != LOOPBACK_INDEX and (index or wanted is None or wanted.rstrip(b"\0") != LOOPBACK_NAME):
        raise Errno(E.ENODEV if index or wanted is not None else E.EINVAL)
    return _link()


def _attribute_of(content: bytes, kind: int) -> bytes | None:
    position = 0
    while position + 4 <= len(content):
        length = int.from_bytes(content[position : position + 2], "little")
        if length < 4:
            break
        if int.from_bytes(content[position + 2 : position + 4], "little") == kind:
            return content[position + 4 : position + length]
        position += length + 3 & ~3
    return None


class RouteProtocol(NetlinkProtocol):
    """Questions about interfaces, addresses and routes. Nothing ever changes, so the groups are told of nothing."""

    number = NETLINK_ROUTE
    groups = 36
    """RTNLGRP_MAX of Linux 6.12."""

    def opened(self, kernel: KernelServices) -> None:
        """Nothing has to be listened to."""

    def is_dump(self, request: Request) -> bool:
        return bool(request.flags & NLM_F_DUMP)

    def answer(self, task: Task, request: Request, port: int) -> list[bytes]:
        if not request.content:
            raise Errno(E.EINVAL)
        if not self.is_dump(request):
            link = _get(request.kind, request.content)
            return [message(MessageType.RTM_NEWLINK, 0, request.sequence, port, link)]
        new, parts = _dump(request.kind, request.content[0])
        multi = HeaderFlag.NLM_F_MULTI
        dump = [message(new, multi, request.sequence, port, part) for part in parts]
        return [b"".join([*dump, message(MessageType.NLMSG_DONE, multi, request.sequence, port, bytes(4))])]

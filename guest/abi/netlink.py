"""Netlink: addresses, options, the messages of every protocol and those of the route protocol."""

from __future__ import annotations

import struct
from enum import IntEnum

from guest.abi.flag_word import FlagWord
from guest.abi.socket import Family


class NetlinkOption(IntEnum):
    """Options of level SOL_NETLINK."""

    NETLINK_ADD_MEMBERSHIP = 1
    NETLINK_DROP_MEMBERSHIP = 2
    NETLINK_PKTINFO = 3
    NETLINK_BROADCAST_ERROR = 4
    NETLINK_NO_ENOBUFS = 5
    NETLINK_LISTEN_ALL_NSID = 8
    NETLINK_LIST_MEMBERSHIPS = 9
    NETLINK_CAP_ACK = 10
    NETLINK_EXT_ACK = 11
    NETLINK_GET_STRICT_CHK = 12


class MessageType(IntEnum):
    """nlmsg_type."""

    NLMSG_NOOP = 1
    NLMSG_ERROR = 2
    NLMSG_DONE = 3
    RTM_NEWLINK = 16
    RTM_GETLINK = 18
    RTM_NEWADDR = 20
    RTM_GETADDR = 22
    RTM_NEWROUTE = 24
    RTM_GETROUTE = 26
    RTM_GETNEIGH = 30
    RTM_GETRULE = 34
    RTM_GETQDISC = 38


class HeaderFlag(FlagWord):
    """nlmsg_flags."""

    NLM_F_REQUEST = 0x1
    NLM_F_MULTI = 0x2
    NLM_F_ACK = 0x4
    NLM_F_ECHO = 0x8
    NLM_F_ROOT = 0x100
    NLM_F_MATCH = 0x200


NLM_F_CAPPED = 0x100
"""Of acknowledgements, where the bit means no NLM_F_ROOT: the content of the request is left out."""
NLMSG_MIN_TYPE = 16
"""Types below are the same for all protocols; the kernel does nothing with them."""
NLM_F_DUMP = int(HeaderFlag.NLM_F_ROOT | HeaderFlag.NLM_F_MATCH)


class LinkAttribute(IntEnum):
    """Attributes of a link."""

    IFLA_ADDRESS = 1
    IFLA_BROADCAST = 2
    IFLA_IFNAME = 3
    IFLA_MTU = 4
    IFLA_QDISC = 6
    IFLA_STATS = 7
    IFLA_TXQLEN = 13
    IFLA_OPERSTATE = 16
    IFLA_LINKMODE = 17
    IFLA_STATS64 = 23
    IFLA_GROUP = 27
    IFLA_PROMISCUITY = 30
    IFLA_NUM_TX_QUEUES = 31
    IFLA_NUM_RX_QUEUES = 32
    IFLA_CARRIER = 33


class AddressAttribute(IntEnum):
    """Attributes of an interface's address."""

    IFA_ADDRESS = 1
    IFA_LOCAL = 2
    IFA_LABEL = 3
    IFA_CACHEINFO = 6
    IFA_FLAGS = 8


class RouteAttribute(IntEnum):
    """Attributes of a route."""

    RTA_DST = 1
    RTA_OIF = 4
    RTA_PREFSRC = 7
    RTA_TABLE = 15


SOCKADDR = struct.Struct("<HxxII")
"""struct sockaddr_nl: family, port, groups."""
HEADER = struct.Struct("<IHHII")
"""struct nlmsghdr: length, type, flags, sequence, port."""
LINK = struct.Struct("<BxHiII")
"""struct ifinfomsg: family, device type, index, flags, change."""
ADDRESS = struct.Struct("<BBBBI")
"""struct ifaddrmsg: family, prefix length, flags, scope, index."""
ROUTE = struct.Struct("<8BI")
"""struct rtmsg: family, destination and source length, TOS, table, protocol, scope, type, flags."""


def sockaddr(port: int, groups: int) -> bytes:
    """The address of a socket; the kernel has port 0."""
    return SOCKADDR.pack(Family.AF_NETLINK, port, groups)


def message(kind: int, flags: int, sequence: int, port: int, content: bytes) -> bytes:
    """One message, padded."""
    length = HEADER.size + len(content)
    return (HEADER.pack(length, kind, flags, sequence, port) + content).ljust(length + 3 & ~3, b"\0")


def attribute(kind: int, content: bytes) -> bytes:
    """struct rtattr with its content, padded."""
    return (struct.pack("<HH", 4 + len(content), kind) + content).ljust((4 + len(content) + 3) & ~3, b"\0")

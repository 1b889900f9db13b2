"""Sockaddrs, options and message headers as strace prints them."""

from __future__ import annotations

import ipaddress
from enum import IntEnum

from guest.abi import socket as abi
from guest.abi.netlink import NetlinkOption
from guest.abi.socket import ControlType, Family, Level
from guest.arguments import quote

_OPTION_NAMES: dict[int, type[IntEnum]] = {
    Level.SOL_SOCKET: abi.SocketOption,
    Level.SOL_IP: abi.IpOption,
    Level.SOL_IPV6: abi.Ipv6Option,
    Level.SOL_TCP: abi.TcpOption,
    Level.SOL_NETLINK: NetlinkOption,
}


def name_of(kind: type[IntEnum], value: int) -> str:
    """The name of a number, or the number."""
    names = {member.value: member.name for member in kind}
    return names.get(value, hex(value))


def show_option(level: int, name: int) -> str:
    """An option of a level."""
    return name_of(_OPTION_NAMES[level], name) if level in _OPTION_NAMES else str(name)


def show_sockaddr(address: bytes) -> str:
    """struct sockaddr of any family."""
    if len(address) < 2:
        return quote(address)
    family = int.from_bytes(address[:2], "little")
    if family == Family.AF_UNIX:
        return "{sa_family=AF_UNIX" + _show_path(address[2:]) + "}"
    if family == Family.AF_INET and len(address) >= 16:
        ip = ".".join(map(str, address[4:8]))
        port = int.from_bytes(address[2:4], "big")
        return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{ip}")}}'
    if family == Family.AF_INET6 and len(address) >= 28:
        ip = str(ipaddress.IPv6Address(address[8:24]))
        port, flow = int.from_bytes(address[2:4], "big"), int.from_bytes(address[4:8], "big")
        scope = int.from_bytes(address[24:28], "little")
        return (
            f"{{sa_family=AF_INET6, sin6_port=htons({port}), sin6_flowinfo=htonl({flow}), "
            f'inet_pton(AF_INET6, "{ip}", &sin6_addr), sin6_scope_id={scope}}}'
        )
    if family == Family.AF_NETLINK and len(address) >= 12:
        port, groups = int.from_bytes(address[4:8], "little"), int.from_bytes(address[8:12], "little")
        return f"{{sa_family=AF_NETLINK, nl_pid={port}, nl_groups={groups:08x}}}"
    name = "AF_UNSPEC" if family == Family.AF_UNSPEC else name_of(Family, family)
    return f"{{sa_family={name}, sa_data={quote(address[2:])}}}"


def _show_path(name: bytes) -> str:
    if not name:
        return ""
    if name.startswith(b"\0"):
        return ", sun_path=@" + quote(name[1:], abi.SUN_PATH_SIZE)
    return ", sun_path=" + quote(name.split(b"\0", 1)[0], abi.SUN_PATH_SIZE)


def show_control(level: int, kind: int, content: bytes) -> str:
    """One piece of ancillary data."""
    head = f"{{cmsg_len={16 + len(content)}, cmsg_level={name_of(Level, level)}"
    if level == Level.SOL_SOCKET and kind == ControlType.SCM_RIGHTS:
        numbers = [str(int.from_bytes(content[i : i + 4], "little", signed=True)) for i in range(0, len(content), 4)]
        return f"{head}, cmsg_type=SCM_RIGHTS, cmsg_data=[{', '.join(numbers)}]}}"
    if level == Level.SOL_SOCKET and kind == ControlType.SCM_CREDENTIALS and len(content) >= 12:
        pid, uid, gid = (int.from_bytes(content[i : i + 4], "little", signed=True) for i in (0, 4, 8))
        return f"{head}, cmsg_type=SCM_CREDENTIALS, cmsg_data={{pid={pid}, uid={uid}, gid={gid}}}}}"
    return f"{head}, cmsg_type={show_option(level, kind)}}}"

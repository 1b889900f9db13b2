"""All protocols of netlink that this kernel has."""

from __future__ import annotations

from guest.net.netlink.protocol import NetlinkProtocol
from guest.net.netlink.route import RouteProtocol
from guest.net.netlink.uevent import UeventProtocol

PROTOCOLS: dict[int, NetlinkProtocol] = {protocol.number: protocol for protocol in (RouteProtocol(), UeventProtocol())}
"""By their numbers; sockets of others are EPROTONOSUPPORT."""

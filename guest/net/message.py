"""One transfer between a system call and a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guest.net.ancillary import Ancillary
    from guest.task import Task


class Outgoing:
    """How a message is to be sent; its bytes are given apart."""

    __slots__ = ("address", "ancillary", "flags", "hop_limit", "source", "task", "tos", "traffic_class", "ttl")

    def __init__(
        self, task: Task, flags: int = 0, address: bytes | None = None, ancillary: Ancillary | None = None
    ) -> None:
        self.task = task
        self.flags = flags
        self.address = address
        """A sockaddr, None for the connected peer."""
        self.ancillary = ancillary
        self.source: bytes | None = None
        """The local address that IP_PKTINFO asks for."""
        self.ttl: int | None = None
        """What ancillary data put in the IPv4 header, instead of the socket's options; likewise `tos`."""
        self.tos: int | None = None
        self.hop_limit: int | None = None
        """The same for IPv6; likewise `traffic_class`."""
        self.traffic_class: int | None = None


class Incoming:
    """What was received."""

    __slots__ = ("address", "ancillary", "control", "data", "flags", "length")

    def __init__(
        self,
        data: bytes | memoryview,
        address: bytes | None = None,
        ancillary: Ancillary | None = None,
        flags: int = 0,
        length: int | None = None,
        control: tuple[tuple[int, int, bytes], ...] = (),
    ) -> None:
        self.data = data
        self.address = address
        """The sender's sockaddr; None if the kind of socket gives none."""
        self.ancillary = ancillary
        self.flags = flags
        """Bits for msg_flags: MSG_TRUNC, MSG_EOR."""
        self.length = len(data) if length is None else length
        """Of the whole message, which may be more than was asked for."""
        self.control = control
        """Further ancillary data: level, type, content."""

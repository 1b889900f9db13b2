"""NETLINK_KOBJECT_UEVENT: group 1 is told what happens to devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.netlink import HEADER
from guest.abi.socket import NETLINK_KOBJECT_UEVENT
from guest.credentials import Capability
from guest.device.uevent import BUFFER_BYTES
from guest.net.ancillary import PeerIdentity
from guest.net.netlink.ports import broadcast
from guest.net.netlink.protocol import NetlinkProtocol
from guest.net.netlink.socket import KERNEL, Datagram

if TYPE_CHECKING:
    from guest.device.device import Uevent
    from guest.net.netlink.request import Request
    from guest.net.network import Network
    from guest.services import KernelServices
    from guest.task import Task

_KERNEL_EVENTS = 1
"""The group; group 2 is where udevd tells what it has done, which to this kernel is a message among programs."""


@dataclass(frozen=True)
class _Announcer:
    """Passes the uevents of a machine's devices on to its sockets. Two of one machine are equal: it listens once."""

    net: Network

    def __call__(self, event: Uevent) -> None:
        _announce(self.net, event.text(), KERNEL)


class UeventProtocol(NetlinkProtocol):
    """Events come from the kernel, or from a program with CAP_SYS_ADMIN that has the kernel repeat what it says."""

    number = NETLINK_KOBJECT_UEVENT
    groups = 32

    def opened(self, kernel: KernelServices) -> None:
        kernel.devices.listen(_Announcer(kernel.net))

    def answer(self, task: Task, request: Request, port: int) -> list[bytes]:
        """Repeat the content to the group with a sequence number and the sender's credentials; there is no answer."""
        if not task.credentials.capable(Capability.CAP_SYS_ADMIN):
            raise Errno(E.EPERM)
        # The number is used up even if the message proves too long, as on Linux.
        text = request.rest + b"SEQNUM=%d\0" % task.kernel.devices.next_sequence()
        if HEADER.size + len(text) > BUFFER_BYTES:
            raise Errno(E.EINVAL)
        _announce(task.kernel.net, text, PeerIdentity.real(task))
        return []


def _announce(net: Network, text: bytes, identity: PeerIdentity) -> None:
    broadcast(net, NETLINK_KOBJECT_UEVENT, Datagram(text, 0, _KERNEL_EVENTS, identity))

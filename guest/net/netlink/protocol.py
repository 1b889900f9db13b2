"""What differs between netlink's protocols: the kernel's end of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from guest.net.netlink.request import Request
    from guest.services import KernelServices
    from guest.task import Task


class NetlinkProtocol(ABC):
    """The kernel's end of one protocol. Without state: one object serves all machines.

    Every user may receive messages to groups (NL_CFG_F_NONROOT_RECV), and none without CAP_NET_ADMIN may send to
    other programs: so it is for all protocols of this kernel.
    """

    number: ClassVar[int]
    groups: ClassVar[int]
    """Sockets may join the groups from 1 to this one."""

    @abstractmethod
    def opened(self, kernel: KernelServices) -> None:
        """A program has made a socket of the protocol."""

    def is_dump(self, request: Request) -> bool:
        """Whether the answer ends with NLMSG_DONE, which stands for the acknowledgement."""
        return False

    @abstractmethod
    def answer(self, task: Task, request: Request, port: int) -> list[bytes]:
        """The datagrams that answer a request from the socket with the port. Raises Errno, which is answered too."""

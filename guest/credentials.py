"""Who a task is: users, groups and capabilities (Linux: struct cred)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Capability(IntEnum):
    """The capabilities that this kernel asks for (`include/uapi/linux/capability.h`)."""

    CAP_CHOWN = 0
    CAP_DAC_OVERRIDE = 1
    CAP_DAC_READ_SEARCH = 2
    CAP_FOWNER = 3
    CAP_FSETID = 4
    CAP_KILL = 5
    CAP_SETGID = 6
    CAP_SETUID = 7
    CAP_NET_BIND_SERVICE = 10
    CAP_NET_BROADCAST = 11
    CAP_NET_ADMIN = 12
    CAP_NET_RAW = 13
    CAP_IPC_LOCK = 14
    CAP_IPC_OWNER = 15
    CAP_SYS_CHROOT = 18
    CAP_SYS_PTRACE = 19
    CAP_SYS_ADMIN = 21
    CAP_SYS_NICE = 23
    CAP_SYS_RESOURCE = 24
    CAP_SYS_TIME = 25
    CAP_MKNOD = 27
    CAP_PERFMON = 38


ALL_CAPABILITIES = (1 << 41) - 1


@dataclass(frozen=True)
class Credentials:
    """Frozen: changed by giving the task another one. The guest begins as root, as in a container of the host user."""

    uid: int = 0
    gid: int = 0
    euid: int = 0
    egid: int = 0
    suid: int = 0
    sgid: int = 0
    fsuid: int = 0
    fsgid: int = 0
    groups: tuple[int, ...] = ()
    effective: int = ALL_CAPABILITIES
    """Bit n for capability n; likewise below."""
    permitted: int = ALL_CAPABILITIES
    inheritable: int = 0
    bounding: int = ALL_CAPABILITIES

    def capable(self, capability: Capability) -> bool:
        """Whether the task may do what the capability allows."""
        return bool(self.effective >> capability & 1)

    def in_group(self, gid: int) -> bool:
        """Whether file access by the group `gid` applies."""
        return gid == self.fsgid or gid in self.groups

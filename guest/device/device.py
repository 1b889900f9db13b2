"""One registered device: its node, its place in sysfs and debugfs, its uevents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest.abi.structs import split_device
from guest.device.uevent import Properties
from guest.kernfs import Attribute, Directory, Show, Store

if TYPE_CHECKING:
    from guest.device.registry import Devices
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.task import Task

OpenDevice = Callable[["Task", "Dentry", int], "File"]
"""A driver's open: the task that opens, the node's dentry and the open flags give the open file. Raises Errno."""


@dataclass(frozen=True)
class Uevent:
    """What the kernel tells of a device (Linux: kobject_uevent)."""

    action: str
    """add, remove, change…"""
    path: str
    """Of the device in sysfs, from /sys."""
    subsystem: str
    properties: Properties
    sequence: int

    def text(self) -> bytes:
        """As it is sent over netlink: strings, each ended by NUL."""
        head = f"{self.action}@{self.path}"
        rest = [f"ACTION={self.action}", f"DEVPATH={self.path}", f"SUBSYSTEM={self.subsystem}"]
        rest += [f"{name}={value}" for name, value in self.properties] + [f"SEQNUM={self.sequence}"]
        return b"".join(text.encode() + b"\0" for text in [head, *rest])


class Device:
    """Made by `Devices.add`. Everything here is for the driver while the machine starts, but `uevent`."""

    def __init__(
        self,
        devices: Devices,
        name: str,
        subsystem: str,
        path: str,
        sysfs: Directory,
        *,
        kind: str = "",
        modalias: str = "",
        number: int | None = None,
        node: str = "",
    ) -> None:
        self._devices = devices
        self.name = name
        self.subsystem = subsystem
        """A class or a bus."""
        self.kind = kind
        """Its type within the subsystem (DEVTYPE); empty without one."""
        self.modalias = modalias
        """What the driver of a device on a bus is found by; empty for others."""
        self.driver = ""
        """Of a device on a bus; empty without one, as for the devices that this driver makes for programs."""
        self.path = path
        """In sysfs, from /sys: `/devices/virtual/misc/example`."""
        self.sysfs = sysfs
        self.number = number
        """Device number; None for a device without a node."""
        self.node = node
        """Path below /dev; empty without a node."""
        self._debugfs: Directory | None = None

    def attribute(self, path: str, show: Show | None, store: Store | None = None, *, mode: int | None = None) -> None:
        """Add a file to the device's sysfs directory; `path` may name directories (`power/state`)."""
        _add(self.sysfs, path, show, store, mode)

    def debug_attribute(
        self, path: str, show: Show | None, store: Store | None = None, *, mode: int | None = None
    ) -> None:
        """Add a file below /sys/kernel/debug/<name of the device>."""
        if self._debugfs is None:
            self._debugfs = self._devices.debugfs.directory(self.name.encode())
        _add(self._debugfs, path, show, store, mode)

    def properties(self) -> Properties:
        """What the `uevent` file says of the device, and each uevent after what it says itself (Linux: dev_uevent)."""
        known: list[tuple[str, str]] = []
        if self.number is not None:
            major, minor = split_device(self.number)
            known += [("MAJOR", str(major)), ("MINOR", str(minor)), ("DEVNAME", self.node)]
        if self.kind:
            known.append(("DEVTYPE", self.kind))
        if self.driver:
            known.append(("DRIVER", self.driver))
        if self.modalias:
            known.append(("MODALIAS", self.modalias))
        return tuple(known)

    def uevent(self, action: str, **properties: str) -> None:
        """Tell whoever listens that something happened to the device (ENOMEM if there is too much to tell)."""
        self._devices.send_uevent(self, action, tuple(properties.items()))


def _add(directory: Directory, path: str, show: Show | None, store: Store | None, mode: int | None) -> None:
    *above, name = path.encode().split(b"/")
    for part in above:
        directory = directory.directory(part)
    directory.children[name] = Attribute(directory.filesystem, show, store, permissions=mode)

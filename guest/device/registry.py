"""The machine's devices: where drivers register theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import make_device
from guest.device.device import Device, OpenDevice, Uevent
from guest.device.interrupt import Interrupts
from guest.device.pmu import Pmus
from guest.device.uevent import Properties, check_size, parse_synthetic
from guest.fs.devices import CharacterDevice, add_device
from guest.kernfs import Link
from guest.sysfs.root import make_debugfs, make_sysfs

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.services import KernelServices

_BUILT_IN = {1: "mem", 4: "tty", 5: "/dev/tty", 10: "misc", 128: "ptm", 136: "pts", 204: "ttyAMA"}
_FIRST_DYNAMIC, _LAST_DYNAMIC = 234, 254
"""Majors given to drivers that ask for none of their own, from the top down (`fs/char_dev.c`)."""
_SYSTEM_DIRECTORIES = (b"block", b"bus", b"class", b"dev/block", b"dev/char", b"firmware", b"fs", b"module", b"power")


class Devices:
    """One per machine."""

    def __init__(self, kernel: KernelServices) -> None:
        self._kernel = kernel
        self.interrupts = Interrupts(kernel)
        self.sysfs = make_sysfs(kernel, lambda: self._sequence)
        self.debugfs = make_debugfs(kernel)
        for path in _SYSTEM_DIRECTORIES:
            self.sysfs.descend(path)
        self.pmus = Pmus(self)
        self._majors = dict(_BUILT_IN)
        self._listeners: dict[Callable[[Uevent], None], None] = {}
        self._sequence = 0

    def allocate_major(self, name: str) -> int:
        """A major number for a driver (EBUSY if none is left)."""
        for major in range(_LAST_DYNAMIC, _FIRST_DYNAMIC - 1, -1):
            if major not in self._majors:
                self._majors[major] = name
                return major
        raise Errno(E.EBUSY)

    def claim_major(self, major: int, name: str) -> None:
        """A fixed major number for a driver (EBUSY)."""
        if self._majors.setdefault(major, name) != name:
            raise Errno(E.EBUSY)

    def majors(self) -> list[tuple[int, str]]:
        """For /proc/devices."""
        return sorted(self._majors.items())

    def add(
        self,
        name: str,
        subsystem: str,
        open_device: OpenDevice | None = None,
        *,
        major: int = 0,
        minor: int = 0,
        node: str | None = None,
        mode: int = 0o600,
        kind: str = "",
        parent: str = "/devices/virtual",
    ) -> Device:
        """Register a device of a class and give its handle. `kind` is its DEVTYPE.

        With `open_device` it has a character device node at /dev/<node> (default: its name) with the given numbers.
        It appears in sysfs at <parent>/<subsystem>/<name>, with links in /sys/class and /sys/dev/char.
        """
        path = f"{parent}/{subsystem}/{name}"
        directory = self.sysfs.descend(path.encode())
        if open_device is None:
            device = Device(self, name, subsystem, path, directory, kind=kind)
        else:
            number = make_device(major, minor)
            device = Device(self, name, subsystem, path, directory, kind=kind, number=number, node=node or name)
            self._majors.setdefault(major, subsystem)
            text = f"{major}:{minor}\n".encode()
            device.attribute("dev", lambda: text)
            self.link(f"dev/char/{major}:{minor}", path)
            self.add_node(device.node, major, minor, open_device, mode=mode)
        self.link(f"class/{subsystem}/{name}", path)
        self._register(device, f"class/{subsystem}")
        return device

    def add_on_bus(self, name: str, bus: str) -> Device:
        """Register a device of a bus, which has no node, and give its handle.

        It appears in sysfs at /devices/<bus>/<name>, as on Linux those of the platform bus do, with a link in /sys/bus.
        """
        path = f"/devices/{bus}/{name}"
        device = Device(self, name, bus, path, self.sysfs.descend(path.encode()), modalias=f"{bus}:{name}")
        self.link(f"bus/{bus}/devices/{name}", path)
        self._register(device, f"bus/{bus}")
        return device

    def _register(self, device: Device, subsystem: str) -> None:
        """What all devices have; `subsystem` is the place of their class or bus in sysfs."""
        self.link(f"{device.path}/subsystem", subsystem)
        device.attribute(
            "uevent",
            lambda: "".join(f"{key}={value}\n" for key, value in device.properties()).encode(),
            lambda text: self.send_uevent(device, *parse_synthetic(text)),
        )
        device.uevent("add")

    def link(self, place: str, target: str) -> None:
        """Make a symbolic link in sysfs; both paths are from /sys."""
        above, _, name = place.strip("/").rpartition("/")
        up = "../" * (above.count("/") + 1)
        self.sysfs.descend(above.encode()).children[name.encode()] = Link(
            self.sysfs.filesystem, f"{up}{target.strip('/')}".encode()
        )

    def add_node(self, path: str, major: int, minor: int, open_device: OpenDevice, *, mode: int = 0o666) -> None:
        """A character device node below /dev without a place in sysfs (aliases, the terminals)."""

        def open_node(dentry: Dentry, flags: int) -> File:
            task = self._kernel.current
            assert task is not None, "devices are opened by system calls only"
            return open_device(task, dentry, flags)

        add_device(self._kernel.tree.dev, path.encode(), CharacterDevice(major, minor, open_node, mode=mode))

    def listen(self, listener: Callable[[Uevent], None]) -> None:
        """Call `listener` at every uevent from now on; once, also if it is given again. Nothing keeps past events."""
        self._listeners[listener] = None

    def next_sequence(self) -> int:
        """The number of a new uevent (SEQNUM)."""
        self._sequence += 1
        return self._sequence

    def send_uevent(self, device: Device, action: str, properties: Properties) -> None:
        """Tell of a device; `properties` are those of the event, which come before those of the device (ENOMEM)."""
        both = (*properties, *device.properties())
        standard = (("ACTION", action), ("DEVPATH", device.path), ("SUBSYSTEM", device.subsystem))
        check_size((*standard, *both, ("SEQNUM", str(self._sequence + 1))))
        event = Uevent(action, device.path, device.subsystem, both, self.next_sequence())
        for listener in self._listeners:
            listener(event)

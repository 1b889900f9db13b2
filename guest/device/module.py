"""What Linux shows of a driver apart from its devices: its module with parameters, and what it drives on a bus.

Modules are as built into the kernel. They are never loaded, so there is no /proc/modules, and they have nothing that
loading would give them (`refcnt`, `initstate`, `sections`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.kernfs import Attribute

if TYPE_CHECKING:
    from guest.device.device import Device
    from guest.device.registry import Devices

_LARGEST = (1 << 64) - 1
_NUMBER = re.compile(rb"\+?(0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9][0-9]{0,19})\n?")


def parse_number(text: bytes, low: int = 0, high: int = _LARGEST) -> int:
    """The number that was written to an attribute: decimal, octal or hexadecimal as Linux's kstrtoull takes it.

    EINVAL for anything else, and outside of the bounds (inclusive).
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Errno(E.EINVAL)
    digits = found[1].lower()
    value = int(digits, 16 if digits.startswith(b"0x") else 8 if digits.startswith(b"0") else 10)
    if not low <= value <= high:
        raise Errno(E.EINVAL)
    return value


class BuiltInModule:
    """/sys/module/<name>. A driver makes it while the machine starts."""

    def __init__(self, devices: Devices, name: str, *, version: str) -> None:
        self.name = name
        self._devices = devices
        self._directory = devices.sysfs.descend(f"module/{name}".encode())
        shown = f"{version}\n".encode()
        self._directory.children[b"version"] = Attribute(self._directory.filesystem, lambda: shown)

    def parameter(
        self,
        name: str,
        get: Callable[[], int],
        put: Callable[[int], None] | None = None,
        *,
        low: int = 0,
        high: int = _LARGEST,
    ) -> None:
        """A whole number at `parameters/<name>`: mode 0644 with `put`, which gets numbers within the bounds, else 0444.

        `put` is for what may be changed while the driver works, and holds from then on.
        """
        self._directory.directory(b"parameters").children[name.encode()] = Attribute(
            self._directory.filesystem,
            lambda: b"%d\n" % get(),
            None if put is None else lambda text: put(parse_number(text, low, high)),
        )

    def drive(self, device: Device) -> None:
        """Show that the driver, named as the module, has a device of a bus: links between the four of them."""
        bus = device.subsystem
        driver = f"bus/{bus}/drivers/{self.name}"
        for place, target in (
            (f"{driver}/module", f"module/{self.name}"),
            (f"{driver}/{device.name}", device.path),
            (f"{device.path}/driver", driver),
            (f"module/{self.name}/drivers/{bus}:{self.name}", driver),
        ):
            self._devices.link(place, target)
        device.driver = self.name

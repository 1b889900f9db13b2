"""The file systems that show the kernel itself, in every machine: /proc, /sys, debugfs, /dev/pts and the terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.device.kmsg import KMSG_MAJOR, KMSG_MINOR, KernelLog
from guest.device.registry import Devices
from guest.proc.root import ProcRoot
from guest.tty.terminals import Terminals

if TYPE_CHECKING:
    from guest.services import KernelServices


def attach_kernel_files(kernel: KernelServices) -> None:
    """Make and mount them. A sysroot's own files at these places are covered."""
    kernel.devices = Devices(kernel)
    kernel.devices.add_node("kmsg", KMSG_MAJOR, KMSG_MINOR, KernelLog(kernel).open, mode=0o644)
    kernel.terminals = Terminals(kernel)
    mount = kernel.tree.mount
    mount(b"/proc", ProcRoot(kernel), kind=b"proc", source=b"proc", read_only=False)
    mount(b"/sys", kernel.devices.sysfs, kind=b"sysfs", source=b"sysfs", read_only=False)
    mount(b"/sys/kernel/debug", kernel.devices.debugfs, kind=b"debugfs", source=b"debugfs", read_only=False)
    kernel.terminals.devpts_root = mount(
        b"/dev/pts", kernel.terminals.devpts, kind=b"devpts", source=b"devpts", read_only=False
    )

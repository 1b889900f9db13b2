"""The roots of sysfs and debugfs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from guest.abi.structs import make_device
from guest.kernfs import Attribute, Directory, GeneratedFilesystem, Link
from guest.sysfs.processors import add_processors

if TYPE_CHECKING:
    from guest.services import KernelServices

SYSFS_MAGIC = 0x62656572
DEBUGFS_MAGIC = 0x64626720

_LOOPBACK = {
    "address": "00:00:00:00:00:00", "addr_len": "6", "broadcast": "00:00:00:00:00:00", "carrier": "1", "dormant": "0",
    "flags": "0x9", "ifindex": "1", "iflink": "1", "link_mode": "0", "mtu": "65536", "operstate": "unknown",
    "tx_queue_len": "1000", "type": "772",
}  # fmt: skip


def make_sysfs(kernel: KernelServices, uevent_sequence: Callable[[], int]) -> Directory:
    """/sys. `uevent_sequence` gives the number of the last uevent."""
    filesystem = GeneratedFilesystem(SYSFS_MAGIC, make_device(0, 21), kernel.identity.epoch_ns, is_sysfs=True)
    root = Directory(filesystem, permissions=0o755)
    add_processors(root, kernel)
    features = root.descend(b"kernel")
    fixed = {
        "address_bits": "64",
        "cpu_byteorder": "little",
        "fscaps": "1",
        "profiling": "0",
        # Pages are always of 4 KiB: nothing is ever collapsed into larger ones.
        "mm/transparent_hugepage/enabled": "always madvise [never]",
        "mm/transparent_hugepage/defrag": "always defer defer+madvise madvise [never]",
        "mm/transparent_hugepage/shmem_enabled": "always within_size advise [never] deny force",
        "mm/transparent_hugepage/hpage_pmd_size": "2097152",
        "mm/transparent_hugepage/use_zero_page": "0",
        "mm/ksm/run": "0",
    }
    for path, value in fixed.items():
        _add(features, path, value)
    features.children[b"uevent_seqnum"] = Attribute(filesystem, lambda: f"{uevent_sequence()}\n".encode())
    features.descend(b"debug")
    loopback = root.descend(b"devices/virtual/net/lo")
    for name, value in _LOOPBACK.items():
        _add(loopback, name, value)
    root.descend(b"class/net").children[b"lo"] = Link(filesystem, b"../../devices/virtual/net/lo")
    return root


def make_debugfs(kernel: KernelServices) -> Directory:
    """/sys/kernel/debug, which only root may enter."""
    filesystem = GeneratedFilesystem(DEBUGFS_MAGIC, make_device(0, 7), kernel.identity.epoch_ns)
    return Directory(filesystem, permissions=0o700)


def _add(directory: Directory, path: str, value: str) -> None:
    *above, name = path.encode().split(b"/")
    for part in above:
        directory = directory.directory(part)
    content = value.encode() + b"\n"
    directory.children[name] = Attribute(directory.filesystem, lambda: content)

"""The mounts of the machine as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import Errno
from guest.abi.structs import split_device
from guest.fs.path_walk import walk
from guest.proc.descriptors import mount_number

if TYPE_CHECKING:
    from guest.fs.dentry import Mount
    from guest.services import KernelServices


def _escape(text: bytes) -> bytes:
    """Blanks and backslashes as octal (`fs/proc_namespace.c`, mangle)."""
    return b"".join(b"\\%03o" % byte if byte in b" \t\n\\#" else bytes([byte]) for byte in text)


def _options(mount: Mount) -> bytes:
    return (b"ro,relatime" if mount.read_only else b"rw,relatime") + (b"," + mount.options if mount.options else b"")


def _state(mount: Mount) -> bytes:
    return b"ro" if mount.read_only else b"rw"


def mounts(kernel: KernelServices) -> bytes:
    """/proc/mounts."""
    return b"".join(
        b"%s %s %s %s 0 0\n" % (_escape(mount.source), _escape(mount.path), mount.kind, _options(mount))
        for mount in kernel.tree.mounts
    )


def mountinfo(kernel: KernelServices) -> bytes:
    """/proc/PID/mountinfo."""
    rows = []
    for mount in kernel.tree.mounts:
        parent = _parent(kernel, mount)
        parent_number = mount_number(parent) if parent is not None else 1
        major, minor = _device(kernel, mount)
        rows.append(
            b"%d %d %d:%d %s %s %s%s - %s %s %s\n"
            % (
                mount_number(mount), parent_number, major, minor, _escape(mount.filesystem_path),
                _escape(mount.path), _state(mount) + b",relatime", _propagation(mount), mount.kind,
                _escape(mount.source),
                _state(mount) + (b"," + mount.options if mount.options else b""),
            )
        )  # fmt: skip
    return b"".join(rows)


def _propagation(mount: Mount) -> bytes:
    """The optional fields: whom the mount follows and is followed by."""
    return (
        (b" shared:%d" % mount.peer_group if mount.peer_group else b"")
        + (b" master:%d" % mount.master if mount.master else b"")
        + (b" unbindable" if mount.unbindable else b"")
    )


def mountstats(kernel: KernelServices) -> bytes:
    """/proc/PID/mountstats."""
    return b"".join(
        b"device %s mounted on %s with fstype %s\n" % (_escape(mount.source), _escape(mount.path), mount.kind)
        for mount in kernel.tree.mounts
    )


def _parent(kernel: KernelServices, mount: Mount) -> Mount | None:
    """The mount that holds the mount point: the one with the longest path that is above it."""
    if mount.path == b"/":
        return None
    above = [
        other for other in kernel.tree.mounts
        if other is not mount and (other.path == b"/" or mount.path.startswith(other.path + b"/"))
    ]  # fmt: skip
    return max(above, key=lambda other: len(other.path), default=None)


def _device(kernel: KernelServices, mount: Mount) -> tuple[int, int]:
    root = kernel.tree.root
    try:
        return split_device(walk(root, root, mount.path, follow=True).existing().inode.stat().st_dev)
    except Errno:
        return 0, 0

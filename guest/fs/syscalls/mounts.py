"""System calls that change what is mounted where, and the root of a process."""

from __future__ import annotations

from guest.abi.errno import E, Errno
from guest.abi.files import MountFlag, UmountFlag
from guest.abi.flags import AT_FDCWD
from guest.arguments import Address, OptionalPath, Path
from guest.credentials import Capability
from guest.fs import propagation
from guest.fs.arguments import MountFlags, UmountFlags
from guest.fs.dentry import Dentry, Mount
from guest.fs.inode import Inode
from guest.fs.syscalls.names import directory_of
from guest.mm.user_copy import strncpy_from_user
from guest.syscall import syscall
from guest.task import Task

_MAGIC = 0xC0ED0000
_SHOWN = (
    (MountFlag.MS_NOSUID, b"nosuid"),
    (MountFlag.MS_NODEV, b"nodev"),
    (MountFlag.MS_NOEXEC, b"noexec"),
    (MountFlag.MS_NOATIME, b"noatime"),
)
_ONCE = (b"proc", b"sysfs", b"devtmpfs", b"devpts", b"debugfs", b"mqueue")
"""File systems of which the machine has one: a further mount shows the same."""


def _check_capable(task: Task, capability: Capability) -> None:
    if not task.credentials.capable(capability):
        raise Errno(E.EPERM)


def _find(task: Task, path: bytes) -> Dentry:
    return task.fs.find(task.files, AT_FDCWD, path, credentials=task.credentials)


@syscall(
    "mount",
    partial="tmpfs, bind (without what is mounted below), and what is mounted once; no MS_MOVE",
    note="there is one mount name space: what propagates appears in it",
)
def mount(task: Task, source: OptionalPath, place: Path, kind: OptionalPath, flags: MountFlags, data: Address) -> None:
    _check_capable(task, Capability.CAP_SYS_ADMIN)
    if flags & 0xFFFF0000 == _MAGIC:
        # What old programs put there to say that there are flags.
        flags &= 0xFFFF
    if flags & ~sum(MountFlag):
        raise Errno(E.EINVAL)
    target = _find(task, place)
    tree = task.kernel.tree
    if flags & MountFlag.MS_REMOUNT:
        if target.mount.root is not target:
            raise Errno(E.EINVAL)
        target.mount.read_only = bool(flags & MountFlag.MS_RDONLY)
        target.mount.options = _options(flags)
        return
    if flags & propagation.KINDS:
        if target.mount.root is not target:
            raise Errno(E.EINVAL)
        propagation.change(tree, target.mount, flags)
        return
    if flags & MountFlag.MS_MOVE:
        raise Errno(E.EINVAL)
    inode: Inode
    if flags & MountFlag.MS_BIND:
        if not source:
            raise Errno(E.EINVAL)
        origin = _find(task, source)
        if origin.inode.is_directory != target.inode.is_directory:
            raise Errno(E.ENOTDIR)
        if origin.mount.unbindable:
            raise Errno(E.EINVAL)
        inode, name, device = origin.inode, origin.mount.kind, origin.mount.source
        read_only, shown = origin.mount.read_only, propagation.position_of(origin, origin.mount)
        peer_group, master = origin.mount.peer_group, origin.mount.master
    else:
        if kind is None:
            raise Errno(E.EINVAL)
        if not target.inode.is_directory:
            raise Errno(E.ENOTDIR)
        inode, name, device = _new_filesystem(task, kind, _text(task, data)), kind, source or b"none"
        read_only, shown, peer_group, master = bool(flags & MountFlag.MS_RDONLY), [], 0, 0
    if target.parent is target:
        raise Errno(E.EBUSY)
    path = target.path(tree.root)
    made = tree.make_mount(path, name, device, read_only=read_only)
    made.options = _options(flags)
    made.filesystem_path = b"/" + b"/".join(shown)
    made.peer_group, made.master = peer_group, master
    parent = target.mount
    tree.mount_at(target.parent, target.name, inode, made)
    propagation.attach(tree, parent, target, made)


def _options(flags: int) -> bytes:
    return b",".join(text for flag, text in _SHOWN if flags & flag)


def _text(task: Task, data: int) -> bytes:
    return (strncpy_from_user(task.mm, data) or b"") if data else b""


def _new_filesystem(task: Task, kind: bytes, data: bytes) -> Inode:
    tree = task.kernel.tree
    if kind in (b"tmpfs", b"ramfs"):
        mode, size = 0o1777, None
        for option in data.split(b","):
            name, _, value = option.partition(b"=")
            try:
                if name == b"mode":
                    mode = int(value, 8) & 0o7777
                elif name == b"size":
                    size = _size(value, task.kernel.memory_bytes)
            except ValueError:
                raise Errno(E.EINVAL) from None
        filesystem = tree.make_memory_filesystem()
        if size is not None:
            filesystem.budget.limit_bytes = size
        return filesystem.make_root(mode)
    if kind in _ONCE:
        for existing in tree.mounts:
            if existing.kind == kind and existing.root is not None:
                return existing.root.inode
    raise Errno(E.ENODEV)


def _size(text: bytes, memory_bytes: int) -> int:
    if text.endswith(b"%"):
        return memory_bytes * int(text[:-1]) // 100
    shift = {b"k": 10, b"m": 20, b"g": 30}.get(text[-1:].lower(), 0)
    return int(text[:-1] if shift else text) << shift


@syscall("umount2")
def umount2(task: Task, path: Path, flags: UmountFlags) -> None:
    if flags & ~sum(UmountFlag):
        raise Errno(E.EINVAL)
    follow = not flags & UmountFlag.UMOUNT_NOFOLLOW
    place = task.fs.find(task.files, AT_FDCWD, path, follow=follow, credentials=task.credentials)
    _check_capable(task, Capability.CAP_SYS_ADMIN)
    mounted = place.mount
    if mounted.root is not place or mounted not in task.kernel.tree.mounts:
        raise Errno(E.EINVAL)
    if place.parent is place:
        raise Errno(E.EBUSY)
    copies = propagation.copies_of(task.kernel.tree, mounted)
    if not flags & UmountFlag.MNT_DETACH and any(_is_busy(task, one) for one in (mounted, *copies)):
        raise Errno(E.EBUSY)
    if flags & UmountFlag.MNT_EXPIRE:
        # The first call only marks it; the second would unmount. Nothing here remembers the mark.
        raise Errno(E.EAGAIN)
    for one in (mounted, *copies):
        task.kernel.tree.unmount(one)


def _is_busy(task: Task, mounted: Mount) -> bool:
    """Something is mounted inside, or a process is there or has a file open."""
    root = mounted.root
    assert root is not None
    for other in task.kernel.tree.mounts:
        if other is not mounted and other.root is not None and other.root.is_below(root):
            return True
    for process in task.kernel.tasks.processes():
        for thread in process.threads:
            if thread.fs.cwd.mount is mounted or thread.fs.root.mount is mounted:
                return True
            if any(file.dentry.mount is mounted for _, file in thread.files):
                return True
    return False


@syscall("pivot_root", partial="the old root cannot be put over the new one")
def pivot_root(task: Task, new_root: Path, put_old: Path) -> None:
    _check_capable(task, Capability.CAP_SYS_ADMIN)
    new, old_place, old = _find(task, new_root), _find(task, put_old), task.fs.root
    if not new.inode.is_directory or not old_place.inode.is_directory:
        raise Errno(E.ENOTDIR)
    if new is old or old_place.mount is old.mount:
        raise Errno(E.EBUSY)
    if old_place is new:
        # Mounting the old root over the new one (`pivot_root . .`) has no name here.
        raise Errno(E.EINVAL)
    if new.mount.root is not new or old.mount.root is not old or not old_place.is_below(new) or old.parent is not old:
        raise Errno(E.EINVAL)
    # Take the new root out of the old tree, and put the old one where the caller wants it.
    new.parent.unmount(new.name)
    new.parent, new.name = new, b""
    old_place.parent.mount_existing(old_place.name, old)
    tree = task.kernel.tree
    tree.root = new
    for mounted in tree.mounts:
        if mounted.root is not None:
            mounted.path = mounted.root.path()
    for process in task.kernel.tasks.processes():
        for thread in process.threads:
            if thread.fs.root is old:
                thread.fs.root = new
            if thread.fs.cwd is old:
                thread.fs.cwd = new


@syscall("chroot")
def chroot(task: Task, path: Path) -> None:
    place = directory_of(task, _find(task, path))
    _check_capable(task, Capability.CAP_SYS_CHROOT)
    task.fs.root = place

"""Propagation of mounts (`fs/pnode.c`): what is mounted below one of several mounts of the same tree appears below all.

A mount can be in a peer group, whose members follow each other (shared), and it can follow a group without being
followed (slave); one that is neither is private. There is one mount name space here, so copies appear in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.files import MountFlag
from guest.fs.dentry import Dentry, Mount

if TYPE_CHECKING:
    from guest.fs.tree import FileTree

KINDS = MountFlag.MS_SHARED | MountFlag.MS_PRIVATE | MountFlag.MS_SLAVE | MountFlag.MS_UNBINDABLE


def change(tree: FileTree, mount: Mount, flags: int) -> None:
    """mount(2) with one of the propagation flags (EINVAL)."""
    kind = flags & KINDS
    if kind.bit_count() != 1 or flags & ~(KINDS | MountFlag.MS_REC | MountFlag.MS_SILENT):
        raise Errno(E.EINVAL)
    root = mount.root
    assert root is not None
    below = [other for other in tree.mounts if other.root is not None and other.root.is_below(root)]
    for one in below if flags & MountFlag.MS_REC else [mount]:
        _change(tree, one, kind)


def _change(tree: FileTree, mount: Mount, kind: int) -> None:
    if kind == MountFlag.MS_SHARED:
        mount.peer_group = mount.peer_group or new_group(tree)
        mount.unbindable = False
        return
    group, mount.peer_group = mount.peer_group, 0
    peers = bool(group) and any(other.peer_group == group for other in tree.mounts)
    if kind == MountFlag.MS_SLAVE:
        # Without peers there is nobody new to follow.
        mount.master = group if peers else mount.master
    if group and not peers:
        # The group is gone: who followed it follows what it followed.
        for other in tree.mounts:
            if other.master == group and other is not mount:
                other.master = mount.master
    if kind != MountFlag.MS_SLAVE:
        mount.master = 0
        mount.unbindable = kind == MountFlag.MS_UNBINDABLE


def new_group(tree: FileTree) -> int:
    """The lowest number that no group has."""
    used = {number for mount in tree.mounts for number in (mount.peer_group, mount.master)}
    return next(number for number in count(1) if number not in used)


def attach(tree: FileTree, parent: Mount, target: Dentry, made: Mount) -> None:
    """Something was mounted on `target`, a place of `parent`: let it appear wherever that propagates to."""
    if parent.peer_group:
        made.peer_group = made.peer_group or new_group(tree)
        position = position_of(target, parent)
        for receiver, group, master in _copies(tree, parent, made):
            place = _place_in(receiver, position)
            if place is None:
                continue
            copy = tree.make_mount(place.path(tree.root), made.kind, made.source, read_only=made.read_only)
            copy.options, copy.filesystem_path = made.options, made.filesystem_path
            copy.peer_group, copy.master = group, master
            assert made.root is not None
            tree.mount_at(place.parent, place.name, made.root.inode, copy)


def _copies(tree: FileTree, parent: Mount, made: Mount) -> Iterator[tuple[Mount, int, int]]:
    """The mounts that receive a copy, with the peer group and the master that the copy gets."""
    for peer in [other for other in tree.mounts if other is not parent and other.peer_group == parent.peer_group]:
        yield peer, made.peer_group, made.master
    groups = {parent.peer_group: made.peer_group}
    pending = [parent.peer_group]
    while pending:
        followed = pending.pop(0)
        for slave in [other for other in tree.mounts if other.master == followed]:
            if not slave.peer_group:
                yield slave, 0, groups[followed]
                continue
            if slave.peer_group not in groups:
                groups[slave.peer_group] = new_group(tree)
                pending.append(slave.peer_group)
            yield slave, groups[slave.peer_group], groups[followed]
            for peer in [other for other in tree.mounts if other.peer_group == slave.peer_group and not other.master]:
                yield peer, groups[slave.peer_group], 0


def copies_of(tree: FileTree, mount: Mount) -> list[Mount]:
    """What umount takes away with a mount: those at the same place wherever its parent propagates to."""
    root = mount.root
    assert root is not None
    parent = root.parent.mount
    if root.parent is root or not parent.peer_group:
        return []
    position = [*position_of(root.parent, parent), root.name]
    found = []
    for receiver in _receivers(tree, parent):
        place = _place_in(receiver, position)
        directory = place.parent if place is not None else None
        above = (directory.mounted or {}).get(position[-1]) if directory is not None else None
        if above is not None and above.mount is not mount:
            found.append(above.mount)
    return found


def _receivers(tree: FileTree, parent: Mount) -> list[Mount]:
    groups, found = {parent.peer_group}, []
    grown = True
    while grown:
        grown = False
        for other in tree.mounts:
            if other is parent or other in found or not {other.peer_group, other.master} & groups:
                continue
            found.append(other)
            grown = True
            if other.peer_group:
                groups.add(other.peer_group)
    return found


def position_of(place: Dentry, mount: Mount) -> list[bytes]:
    """Where a place is in the file system that is mounted, whatever part of it the mount shows."""
    names: list[bytes] = []
    while place is not mount.root:
        names.append(place.name)
        place = place.parent
    return [*filter(None, mount.filesystem_path.split(b"/")), *reversed(names)]


def _place_in(mount: Mount, position: list[bytes]) -> Dentry | None:
    """The place of a position in another mount of the file system; None if it does not show it."""
    start = [*filter(None, mount.filesystem_path.split(b"/"))]
    place = mount.root
    if place is None or position[: len(start)] != start:
        return None
    for name in position[len(start) :]:
        try:
            # Not by the dentry, which would enter what is mounted there.
            place = place.child(name, place.inode.lookup(name))
        except Errno:
            return None
    return place

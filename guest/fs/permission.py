"""Who may do what with a file (Linux: generic_permission, may_delete, may_create, setattr_prepare)."""

from __future__ import annotations

import stat as _stat
from dataclasses import replace

from guest.abi.errno import E, Errno
from guest.credentials import Capability, Credentials
from guest.fs.inode import Attributes, Inode

READ, WRITE, EXECUTE = 4, 2, 1
"""As in a mode and as faccessat has them; EXECUTE of a directory is the right to search it."""

_OVERRIDE = 1 << Capability.CAP_DAC_OVERRIDE
_SEARCH = 1 << Capability.CAP_DAC_READ_SEARCH


def allowed(inode: Inode, credentials: Credentials, wanted: int) -> bool:
    """Whether all of `wanted` (READ | WRITE | EXECUTE) is granted."""
    effective = credentials.effective
    if effective & _OVERRIDE and (not wanted & EXECUTE or inode.is_directory):
        return True
    mode, uid, gid = inode.access()
    if credentials.fsuid == uid:
        granted = mode >> 6
    elif credentials.in_group(gid):
        granted = mode >> 3
    else:
        granted = mode
    if not wanted & ~granted & 7:
        return True
    if _stat.S_ISDIR(mode):
        return bool(effective & _OVERRIDE or (effective & _SEARCH and not wanted & WRITE))
    if effective & _OVERRIDE:
        # Nobody executes what nobody may execute.
        return bool(mode & 0o111)
    return bool(effective & _SEARCH) and wanted == READ


def check(inode: Inode, credentials: Credentials, wanted: int) -> None:
    """EACCES unless `wanted` is granted; EPERM where nobody may write."""
    if wanted & WRITE and inode.immutable:
        raise Errno(E.EPERM)
    if not allowed(inode, credentials, wanted):
        raise Errno(E.EACCES)


def check_search(directory: Inode, credentials: Credentials) -> None:
    """EACCES unless names in the directory may be looked up: on the way of every walk."""
    if not credentials.effective & (_OVERRIDE | _SEARCH):
        check(directory, credentials, EXECUTE)


def check_create(directory: Inode, credentials: Credentials) -> None:
    """EACCES unless names may be added to the directory, ENOENT if it does not even look for them."""
    if directory.missing_names_fail:
        raise Errno(E.ENOENT)
    check(directory, credentials, WRITE | EXECUTE)


def check_delete(directory: Inode, victim: Inode, credentials: Credentials) -> None:
    """EACCES or EPERM unless `victim` may be removed from the directory, which may be sticky."""
    check(directory, credentials, WRITE | EXECUTE)
    mode, uid, _ = directory.access()
    if mode & _stat.S_ISVTX and not credentials.capable(Capability.CAP_FOWNER):
        _, owner, _ = victim.access()
        if credentials.fsuid not in (owner, uid):
            raise Errno(E.EPERM)


def is_owner(inode: Inode, credentials: Credentials) -> bool:
    """Whether the task counts as the owner."""
    return credentials.capable(Capability.CAP_FOWNER) or inode.access()[1] == credentials.fsuid


def check_owner(inode: Inode, credentials: Credentials) -> None:
    """EPERM unless the task counts as the owner."""
    if not is_owner(inode, credentials):
        raise Errno(E.EPERM)


def check_chown(inode: Inode, credentials: Credentials, uid: int, gid: int) -> None:
    """EPERM unless owner and group may become these (-1: unchanged): only root gives files away."""
    if credentials.capable(Capability.CAP_CHOWN):
        return
    _, owner, group = inode.access()
    if (uid != -1 and (credentials.fsuid != owner or uid != owner)) or (
        gid != -1 and (credentials.fsuid != owner or not (gid == group or credentials.in_group(gid)))
    ):
        raise Errno(E.EPERM)


def mode_after_chmod(inode: Inode, credentials: Credentials, mode: int) -> int:
    """The mode that chmod sets: S_ISGID is dropped for a group that the caller is not in."""
    mode &= 0o7777
    if mode & _stat.S_ISGID and not _may_set_group_id(credentials, inode.access()[2]):
        mode &= ~_stat.S_ISGID
    return mode


def _may_set_group_id(credentials: Credentials, gid: int) -> bool:
    return credentials.capable(Capability.CAP_FSETID) or credentials.in_group(gid)


def mode_after_write(mode: int) -> int:
    """The mode without what a change by somebody else must take away: set-user-ID, and set-group-ID if executable."""
    mode &= ~_stat.S_ISUID
    return mode & ~_stat.S_ISGID if mode & _stat.S_IXGRP else mode


def attributes_of_new(directory: Inode, mode: int, credentials: Credentials, *, is_directory: bool) -> Attributes:
    """Owner and mode of something made in `directory`; in a set-group-ID directory the group is inherited."""
    parent_mode, _, parent_gid = directory.access()
    gid = credentials.fsgid
    if parent_mode & _stat.S_ISGID:
        gid = parent_gid
        if is_directory:
            mode |= _stat.S_ISGID
        elif mode & _stat.S_ISGID and mode & _stat.S_IXGRP and not _may_set_group_id(credentials, gid):
            mode &= ~_stat.S_ISGID
    return Attributes(mode & 0o7777, credentials.fsuid, gid)


def real(credentials: Credentials) -> Credentials:
    """The credentials that access(2) asks about: real user and group, with the capabilities that go with them."""
    effective = credentials.permitted if credentials.uid == 0 else 0
    return replace(credentials, fsuid=credentials.uid, fsgid=credentials.gid, effective=effective)

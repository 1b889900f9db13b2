"""System calls on who a task is: users, groups and capabilities (`kernel/sys.c`, `kernel/capability.c`)."""

from __future__ import annotations

from dataclasses import replace

from guest.abi.cstruct import U32
from guest.abi.errno import E, Errno
from guest.arguments import Address, Int, OutPtr, Uid
from guest.credentials import ALL_CAPABILITIES, Capability, Credentials
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.syscall import syscall
from guest.task import Task

_KEEP = 0xFFFFFFFF
"""-1: leave this number as it is."""
_MOST_GROUPS = 65536
_FILE_CAPABILITIES = sum(
    1 << capability
    for capability in (
        Capability.CAP_CHOWN,
        Capability.CAP_DAC_OVERRIDE,
        Capability.CAP_DAC_READ_SEARCH,
        Capability.CAP_FOWNER,
        Capability.CAP_FSETID,
        Capability.CAP_MKNOD,
    )
)
"""Those that follow the file-system user (CAP_FS_MASK)."""


def _users_changed(old: Credentials, new: Credentials) -> Credentials:
    """Capabilities after a change of users: given up by leaving root (cap_emulate_setxuid)."""
    if 0 in (old.uid, old.euid, old.suid) and 0 not in (new.uid, new.euid, new.suid):
        new = replace(new, permitted=0, effective=0)
    if old.euid == 0 and new.euid != 0:
        new = replace(new, effective=0)
    if old.euid != 0 and new.euid == 0:
        new = replace(new, effective=new.permitted)
    return new


@syscall("getuid")
def getuid(task: Task) -> int:
    return task.credentials.uid


@syscall("geteuid")
def geteuid(task: Task) -> int:
    return task.credentials.euid


@syscall("getgid")
def getgid(task: Task) -> int:
    return task.credentials.gid


@syscall("getegid")
def getegid(task: Task) -> int:
    return task.credentials.egid


@syscall("getgroups")
def getgroups(task: Task, size: Int, groups: Address) -> int:
    found = task.credentials.groups
    if size < 0 or 0 < size < len(found):
        raise Errno(E.EINVAL)
    if size:
        copy_to_user(task.mm, groups, b"".join(group.to_bytes(4, "little") for group in found))
    return len(found)


@syscall("setuid")
def setuid(task: Task, uid: Uid) -> None:
    old = task.credentials
    if uid == _KEEP:
        raise Errno(E.EINVAL)
    if old.capable(Capability.CAP_SETUID):
        new = replace(old, uid=uid, suid=uid, euid=uid, fsuid=uid)
    elif uid in (old.uid, old.suid):
        new = replace(old, euid=uid, fsuid=uid)
    else:
        raise Errno(E.EPERM)
    task.credentials = _users_changed(old, new)


@syscall("setgid")
def setgid(task: Task, gid: Uid) -> None:
    old = task.credentials
    if gid == _KEEP:
        raise Errno(E.EINVAL)
    if old.capable(Capability.CAP_SETGID):
        task.credentials = replace(old, gid=gid, sgid=gid, egid=gid, fsgid=gid)
    elif gid in (old.gid, old.sgid):
        task.credentials = replace(old, egid=gid, fsgid=gid)
    else:
        raise Errno(E.EPERM)


@syscall("setreuid")
def setreuid(task: Task, real: Uid, effective: Uid) -> None:
    old = task.credentials
    allowed = real in (_KEEP, old.uid, old.euid) and effective in (_KEEP, old.uid, old.euid, old.suid)
    if not allowed and not old.capable(Capability.CAP_SETUID):
        raise Errno(E.EPERM)
    uid = old.uid if real == _KEEP else real
    euid = old.euid if effective == _KEEP else effective
    suid = euid if real != _KEEP or (effective != _KEEP and effective != old.uid) else old.suid
    task.credentials = _users_changed(old, replace(old, uid=uid, euid=euid, suid=suid, fsuid=euid))


@syscall("setregid")
def setregid(task: Task, real: Uid, effective: Uid) -> None:
    old = task.credentials
    allowed = real in (_KEEP, old.gid, old.egid) and effective in (_KEEP, old.gid, old.egid, old.sgid)
    if not allowed and not old.capable(Capability.CAP_SETGID):
        raise Errno(E.EPERM)
    gid = old.gid if real == _KEEP else real
    egid = old.egid if effective == _KEEP else effective
    sgid = egid if real != _KEEP or (effective != _KEEP and effective != old.gid) else old.sgid
    task.credentials = replace(old, gid=gid, egid=egid, sgid=sgid, fsgid=egid)


@syscall("setresuid")
def setresuid(task: Task, real: Uid, effective: Uid, saved: Uid) -> None:
    old = task.credentials
    known = (_KEEP, old.uid, old.euid, old.suid)
    if not old.capable(Capability.CAP_SETUID) and not {real, effective, saved} <= set(known):
        raise Errno(E.EPERM)
    uid, euid, suid = (
        before if asked == _KEEP else asked
        for asked, before in ((real, old.uid), (effective, old.euid), (saved, old.suid))
    )
    task.credentials = _users_changed(old, replace(old, uid=uid, euid=euid, suid=suid, fsuid=euid))


@syscall("setresgid")
def setresgid(task: Task, real: Uid, effective: Uid, saved: Uid) -> None:
    old = task.credentials
    known = (_KEEP, old.gid, old.egid, old.sgid)
    if not old.capable(Capability.CAP_SETGID) and not {real, effective, saved} <= set(known):
        raise Errno(E.EPERM)
    gid, egid, sgid = (
        before if asked == _KEEP else asked
        for asked, before in ((real, old.gid), (effective, old.egid), (saved, old.sgid))
    )
    task.credentials = replace(old, gid=gid, egid=egid, sgid=sgid, fsgid=egid)


@syscall("getresuid")
def getresuid(task: Task, real: OutPtr[U32], effective: OutPtr[U32], saved: OutPtr[U32]) -> None:
    known = task.credentials
    real.put(known.uid)
    effective.put(known.euid)
    saved.put(known.suid)


@syscall("getresgid")
def getresgid(task: Task, real: OutPtr[U32], effective: OutPtr[U32], saved: OutPtr[U32]) -> None:
    known = task.credentials
    real.put(known.gid)
    effective.put(known.egid)
    saved.put(known.sgid)


@syscall("setfsuid", note="gives the old number, whether it was changed or not, as on Linux")
def setfsuid(task: Task, uid: Uid) -> int:
    old = task.credentials
    if uid in (old.uid, old.euid, old.suid, old.fsuid) or (uid != _KEEP and old.capable(Capability.CAP_SETUID)):
        new = replace(old, fsuid=uid)
        if old.fsuid == 0 and uid != 0:
            new = replace(new, effective=new.effective & ~_FILE_CAPABILITIES)
        elif old.fsuid != 0 and uid == 0:
            new = replace(new, effective=new.effective | new.permitted & _FILE_CAPABILITIES)
        task.credentials = new
    return old.fsuid


@syscall("setfsgid", note="gives the old number, whether it was changed or not, as on Linux")
def setfsgid(task: Task, gid: Uid) -> int:
    old = task.credentials
    if gid in (old.gid, old.egid, old.sgid, old.fsgid) or (gid != _KEEP and old.capable(Capability.CAP_SETGID)):
        task.credentials = replace(old, fsgid=gid)
    return old.fsgid


@syscall("setgroups")
def setgroups(task: Task, count: Int, groups: Address) -> None:
    if not task.credentials.capable(Capability.CAP_SETGID):
        raise Errno(E.EPERM)
    if not 0 <= count <= _MOST_GROUPS:
        raise Errno(E.EINVAL)
    data = copy_from_user(task.mm, groups, 4 * count)
    numbers = tuple(int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4))
    if _KEEP in numbers:
        raise Errno(E.EINVAL)
    task.credentials = replace(task.credentials, groups=numbers)


# -- capabilities ----------------------------------------------------------------------------------------------

_WORDS_OF_VERSION = {0x19980330: 1, 0x20071026: 2, 0x20080522: 2}
_VERSION = 0x20080522


def _header(task: Task, header: int) -> tuple[int, Task]:
    """How many words a capability set has for the caller, and whose they are (EINVAL for an unknown version)."""
    data = copy_from_user(task.mm, header, 8)
    words = _WORDS_OF_VERSION.get(int.from_bytes(data[:4], "little"))
    if words is None:
        copy_to_user(task.mm, header, _VERSION.to_bytes(4, "little"))
        raise Errno(E.EINVAL)
    pid = int.from_bytes(data[4:], "little", signed=True)
    if pid < 0:
        raise Errno(E.EINVAL)
    found = task.kernel.tasks.find(pid) if pid else task
    if found is None:
        raise Errno(E.ESRCH)
    return words, found


@syscall("capget")
def capget(task: Task, header: Address, data: Address) -> None:
    try:
        words, of = _header(task, header)
    except Errno as error:
        if error.number is E.EINVAL and not data:
            return  # a question for the version
        raise
    known = of.credentials
    answer = b"".join(
        (value >> 32 * word & 0xFFFFFFFF).to_bytes(4, "little")
        for word in range(words)
        for value in (known.effective, known.permitted, known.inheritable)
    )
    copy_to_user(task.mm, data, answer)


@syscall("capset")
def capset(task: Task, header: Address, data: Address) -> None:
    words, of = _header(task, header)
    if of is not task:
        raise Errno(E.EPERM)
    raw = copy_from_user(task.mm, data, 12 * words)
    effective = permitted = inheritable = 0
    for word in range(words):
        values = [int.from_bytes(raw[12 * word + 4 * at :][:4], "little") << 32 * word for at in range(3)]
        effective, permitted, inheritable = effective | values[0], permitted | values[1], inheritable | values[2]
    old = task.credentials
    if permitted & ~old.permitted or effective & ~permitted or inheritable & ~(old.inheritable | old.permitted):
        raise Errno(E.EPERM)
    task.credentials = replace(
        old,
        effective=effective & ALL_CAPABILITIES,
        permitted=permitted & ALL_CAPABILITIES,
        inheritable=inheritable & ALL_CAPABILITIES,
    )

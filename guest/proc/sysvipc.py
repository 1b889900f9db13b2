"""/proc/sysvipc: the System V objects of the machine, one a line (`ipc/{shm,sem,msg}.c`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guest.ipc.ids import IpcObject
    from guest.services import KernelServices


def _head(one: IpcObject) -> str:
    return f"{one.key:>10} {one.id:>10}  {one.shown_mode:4o}"


def _owners(one: IpcObject) -> str:
    return f"{one.uid:>5} {one.gid:>5} {one.cuid:>5} {one.cgid:>5}"


def shm(kernel: KernelServices) -> bytes:
    """/proc/sysvipc/shm."""
    kernel.ipc.shm.sweep()
    rows = [
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
        "dtime      ctime                   rss                  swap"
    ]
    rows += [
        f"{_head(one)} {one.size:>21} {one.creator_pid:>5} {one.last_pid:>5}  {one.attached:>5} {_owners(one)} "
        f"{one.attached_s:>10} {one.detached_s:>10} {one.changed_s:>10} {one.pages.stored_bytes:>21} {0:>21}"
        for one in kernel.ipc.shm
    ]
    return ("\n".join(rows) + "\n").encode()


def sem(kernel: KernelServices) -> bytes:
    """/proc/sysvipc/sem."""
    rows = ["       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime"]
    rows += [
        f"{_head(one)} {len(one.semaphores):>10} {_owners(one)} {one.operated_s:>10} {one.changed_s:>10}"
        for one in kernel.ipc.sem
    ]
    return ("\n".join(rows) + "\n").encode()


def msg(kernel: KernelServices) -> bytes:
    """/proc/sysvipc/msg."""
    rows = [
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime"
        "      ctime"
    ]
    rows += [
        f"{_head(one)}  {one.bytes:>10} {len(one.messages):>10} {one.sender_pid:>5} {one.receiver_pid:>5} "
        f"{_owners(one)} {one.sent_s:>10} {one.received_s:>10} {one.changed_s:>10}"
        for one in kernel.ipc.msg
    ]
    return ("\n".join(rows) + "\n").encode()

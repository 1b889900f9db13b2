"""Numbers and structures of System V IPC and POSIX message queues (`include/uapi/linux/{ipc,shm,sem,msg,mqueue}.h`)."""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum
from typing import Annotated

from guest.abi.cstruct import I16, I32, I64, U16, U32, U64, Array, Struct
from guest.abi.flag_word import FlagWord

IPC_PRIVATE = 0
MQ_PRIO_MAX = 32768


class GetFlag(FlagWord):
    """Flags of shmget, semget and msgget; the low nine bits are permissions."""

    IPC_CREAT = 0o1000
    IPC_EXCL = 0o2000
    SHM_HUGETLB = 0o4000
    SHM_NORESERVE = 0o10000


class OperationFlag(FlagWord):
    """Flags of semop, msgsnd and msgrcv."""

    IPC_NOWAIT = 0o4000
    SEM_UNDO = 0x1000
    MSG_NOERROR = 0o10000
    MSG_EXCEPT = 0o20000
    MSG_COPY = 0o40000


class ShmFlag(FlagWord):
    """Flags of shmat."""

    SHM_RDONLY = 0o10000
    SHM_RND = 0o20000
    SHM_REMAP = 0o40000
    SHM_EXEC = 0o100000


SHM_DEST = 0o1000
SHM_LOCKED = 0o2000
"""In the mode of a segment: to be destroyed with the last detach; locked."""


class Control(IntEnum):
    """Commands of all three *ctl calls."""

    IPC_RMID = 0
    IPC_SET = 1
    IPC_STAT = 2
    IPC_INFO = 3


class ShmControl(IntEnum):
    """Commands of shmctl."""

    SHM_LOCK = 11
    SHM_UNLOCK = 12
    SHM_STAT = 13
    SHM_INFO = 14
    SHM_STAT_ANY = 15


class SemControl(IntEnum):
    """Commands of semctl."""

    GETPID = 11
    GETVAL = 12
    GETALL = 13
    GETNCNT = 14
    GETZCNT = 15
    SETVAL = 16
    SETALL = 17
    SEM_STAT = 18
    SEM_INFO = 19
    SEM_STAT_ANY = 20


class MsgControl(IntEnum):
    """Commands of msgctl."""

    MSG_STAT = 11
    MSG_INFO = 12
    MSG_STAT_ANY = 13


class IpcPerm(Struct):
    """struct ipc64_perm."""

    key: I32 = 0
    uid: U32 = 0
    gid: U32 = 0
    cuid: U32 = 0
    cgid: U32 = 0
    mode: U32 = 0
    seq: U16 = 0
    pad: U16 = 0
    unused1: U64 = 0
    unused2: U64 = 0


class ShmidDs(Struct):
    """struct shmid64_ds."""

    shm_perm: IpcPerm = field(default_factory=IpcPerm)
    shm_segsz: U64 = 0
    shm_atime: I64 = 0
    shm_dtime: I64 = 0
    shm_ctime: I64 = 0
    shm_cpid: I32 = 0
    shm_lpid: I32 = 0
    shm_nattch: U64 = 0
    unused4: U64 = 0
    unused5: U64 = 0


class Shminfo(Struct):
    """struct shminfo64: IPC_INFO."""

    shmmax: U64 = 0
    shmmin: U64 = 1
    shmmni: U64 = 0
    shmseg: U64 = 0
    shmall: U64 = 0
    unused: Annotated[tuple[int, ...], Array("Q", 4)] = (0, 0, 0, 0)


class ShmInfo(Struct):
    """struct shm_info: SHM_INFO."""

    used_ids: I32 = 0
    shm_tot: U64 = 0
    shm_rss: U64 = 0
    shm_swp: U64 = 0
    swap_attempts: U64 = 0
    swap_successes: U64 = 0


class SemidDs(Struct):
    """struct semid64_ds."""

    sem_perm: IpcPerm = field(default_factory=IpcPerm)
    sem_otime: I64 = 0
    sem_ctime: I64 = 0
    sem_nsems: U64 = 0
    unused3: U64 = 0
    unused4: U64 = 0


class Seminfo(Struct):
    """struct seminfo: IPC_INFO and SEM_INFO."""

    semmap: I32 = 0
    semmni: I32 = 0
    semmns: I32 = 0
    semmnu: I32 = 0
    semmsl: I32 = 0
    semopm: I32 = 0
    semume: I32 = 0
    semusz: I32 = 0
    semvmx: I32 = 0
    semaem: I32 = 0


class Sembuf(Struct):
    """struct sembuf: one operation on one semaphore."""

    sem_num: U16 = 0
    sem_op: I16 = 0
    sem_flg: I16 = 0


class MsqidDs(Struct):
    """struct msqid64_ds."""

    msg_perm: IpcPerm = field(default_factory=IpcPerm)
    msg_stime: I64 = 0
    msg_rtime: I64 = 0
    msg_ctime: I64 = 0
    msg_cbytes: U64 = 0
    msg_qnum: U64 = 0
    msg_qbytes: U64 = 0
    msg_lspid: I32 = 0
    msg_lrpid: I32 = 0
    unused4: U64 = 0
    unused5: U64 = 0


class Msginfo(Struct):
    """struct msginfo: IPC_INFO and MSG_INFO."""

    msgpool: I32 = 0
    msgmap: I32 = 0
    msgmax: I32 = 0
    msgmnb: I32 = 0
    msgmni: I32 = 0
    msgssz: I32 = 0
    msgtql: I32 = 0
    msgseg: U16 = 0


class MqAttr(Struct):
    """struct mq_attr."""

    mq_flags: I64 = 0
    mq_maxmsg: I64 = 0
    mq_msgsize: I64 = 0
    mq_curmsgs: I64 = 0
    reserved: Annotated[tuple[int, ...], Array("q", 4)] = (0, 0, 0, 0)

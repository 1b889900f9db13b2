"""Numbers and structures of signals (`asm-generic/signal.h`, `asm-generic/siginfo.h`, arm64's `asm/sigcontext.h`)."""

from __future__ import annotations

from dataclasses import field
from enum import IntEnum

from guest.abi.cstruct import I32, U16, U32, U64, Struct
from guest.abi.flag_word import FlagWord
from guest.abi.structs import SigaltStack, Timeval

SIGSET_BYTES = 8
SIGINFO_BYTES = 128
FIRST_REAL_TIME = 32
"""SIGRTMIN of the kernel; C libraries keep the first few to themselves."""
MINIMUM_STACK = 5120
"""MINSIGSTKSZ of arm64."""


class SigactionFlag(FlagWord):
    """sa_flags."""

    SA_NOCLDSTOP = 0x1
    SA_NOCLDWAIT = 0x2
    SA_SIGINFO = 0x4
    SA_UNSUPPORTED = 0x400
    SA_EXPOSE_TAGBITS = 0x800
    SA_RESTORER = 0x04000000
    SA_ONSTACK = 0x08000000
    SA_RESTART = 0x10000000
    SA_NODEFER = 0x40000000
    SA_RESETHAND = 0x80000000


KNOWN_ACTION_FLAGS = sum(SigactionFlag) & ~SigactionFlag.SA_UNSUPPORTED
"""What the kernel keeps of sa_flags; the other bits read back as zero."""


class StackFlag(FlagWord):
    """ss_flags."""

    SS_ONSTACK = 1
    SS_DISABLE = 2
    SS_AUTODISARM = 1 << 31


class SignalCode(IntEnum):
    """si_code of signals that anybody can send."""

    SI_USER = 0
    SI_KERNEL = 0x80
    SI_QUEUE = -1
    SI_TIMER = -2
    SI_MESGQ = -3
    SI_ASYNCIO = -4
    SI_SIGIO = -5
    SI_TKILL = -6


class SegvCode(IntEnum):
    """si_code of SIGSEGV."""

    SEGV_MAPERR = 1
    SEGV_ACCERR = 2


class BusCode(IntEnum):
    """si_code of SIGBUS."""

    BUS_ADRALN = 1
    BUS_ADRERR = 2
    BUS_OBJERR = 3


class IllegalCode(IntEnum):
    """si_code of SIGILL."""

    ILL_ILLOPC = 1
    ILL_ILLOPN = 2
    ILL_ILLADR = 3
    ILL_ILLTRP = 4
    ILL_PRVOPC = 5


class TrapCode(IntEnum):
    """si_code of SIGTRAP."""

    TRAP_BRKPT = 1
    TRAP_TRACE = 2


class ChildCode(IntEnum):
    """si_code of SIGCHLD."""

    CLD_EXITED = 1
    CLD_KILLED = 2
    CLD_DUMPED = 3
    CLD_TRAPPED = 4
    CLD_STOPPED = 5
    CLD_CONTINUED = 6


class SigeventNotify(IntEnum):
    """sigev_notify."""

    SIGEV_SIGNAL = 0
    SIGEV_NONE = 1
    SIGEV_THREAD = 2
    SIGEV_THREAD_ID = 4


class ItimerWhich(IntEnum):
    """The three interval timers of a process."""

    ITIMER_REAL = 0
    ITIMER_VIRTUAL = 1
    ITIMER_PROF = 2


class SignalfdFlag(FlagWord):
    """Flags of signalfd4."""

    SFD_NONBLOCK = 0o4000
    SFD_CLOEXEC = 0o2000000


class Itimerval(Struct):
    """struct itimerval: period and time left."""

    it_interval: Timeval = field(default_factory=Timeval)
    it_value: Timeval = field(default_factory=Timeval)


class Sigevent(Struct):
    """struct sigevent without its padding to 64 bytes: how a timer tells of its expiry."""

    sigev_value: U64 = 0
    sigev_signo: I32 = 0
    sigev_notify: I32 = 0
    sigev_tid: I32 = 0


class SignalfdInfo(Struct):
    """struct signalfd_siginfo (128 bytes)."""

    ssi_signo: U32 = 0
    ssi_errno: I32 = 0
    ssi_code: I32 = 0
    ssi_pid: U32 = 0
    ssi_uid: U32 = 0
    ssi_fd: I32 = 0
    ssi_tid: U32 = 0
    ssi_band: U32 = 0
    ssi_overrun: U32 = 0
    ssi_trapno: U32 = 0
    ssi_status: I32 = 0
    ssi_int: I32 = 0
    ssi_ptr: U64 = 0
    ssi_utime: U64 = 0
    ssi_stime: U64 = 0
    ssi_addr: U64 = 0
    ssi_addr_lsb: U16 = 0
    pad2: U16 = 0
    ssi_syscall: I32 = 0
    ssi_call_addr: U64 = 0
    ssi_arch: U32 = 0


SIGNALFD_INFO_BYTES = 128

# -- the signal frame of arm64 ---------------------------------------------------------------------------------


class UcontextHead(Struct):
    """struct ucontext up to the signal mask."""

    uc_flags: U64 = 0
    uc_link: U64 = 0
    uc_stack: SigaltStack = field(default_factory=SigaltStack)
    uc_sigmask: U64 = 0


UCONTEXT_OFFSET = SIGINFO_BYTES
"""Of uc in struct rt_sigframe."""
MCONTEXT_OFFSET = UCONTEXT_OFFSET + 176
"""Of struct sigcontext: behind a mask with room for 1,024 signals, aligned to 16 bytes."""
RECORDS_OFFSET = MCONTEXT_OFFSET + 288
"""Of the list of records (`__reserved`) that ends the sigcontext."""
RECORDS_BYTES = 4096
FRAME_BYTES = RECORDS_OFFSET + RECORDS_BYTES

FPSIMD_MAGIC = 0x46508001
FPSIMD_BYTES = 528
ESR_MAGIC = 0x45535201
ESR_BYTES = 16
EXTRA_MAGIC = 0x45585401

"""Error numbers of Linux (asm-generic, as on AArch64) and the exception that carries one to the guest."""

from __future__ import annotations

import errno as _host_errno
from enum import IntEnum
from types import TracebackType


class E(IntEnum):
    """Error numbers."""

    EPERM = 1
    ENOENT = 2
    ESRCH = 3
    EINTR = 4
    EIO = 5
    ENXIO = 6
    E2BIG = 7
    ENOEXEC = 8
    EBADF = 9
    ECHILD = 10
    EAGAIN = 11
    ENOMEM = 12
    EACCES = 13
    EFAULT = 14
    ENOTBLK = 15
    EBUSY = 16
    EEXIST = 17
    EXDEV = 18
    ENODEV = 19
    ENOTDIR = 20
    EISDIR = 21
    EINVAL = 22
    ENFILE = 23
    EMFILE = 24
    ENOTTY = 25
    ETXTBSY = 26
    EFBIG = 27
    ENOSPC = 28
    ESPIPE = 29
    EROFS = 30
    EMLINK = 31
    EPIPE = 32
    EDOM = 33
    ERANGE = 34
    EDEADLK = 35
    ENAMETOOLONG = 36
    ENOLCK = 37
    ENOSYS = 38
    ENOTEMPTY = 39
    ELOOP = 40
    ENOMSG = 42
    EIDRM = 43
    ECHRNG = 44
    EL2NSYNC = 45
    EL3HLT = 46
    EL3RST = 47
    ELNRNG = 48
    EUNATCH = 49
    ENOCSI = 50
    EL2HLT = 51
    EBADE = 52
    EBADR = 53
    EXFULL = 54
    ENOANO = 55
    EBADRQC = 56
    EBADSLT = 57
    EBFONT = 59
    ENOSTR = 60
    ENODATA = 61
    ETIME = 62
    ENOSR = 63
    ENONET = 64
    ENOPKG = 65
    EREMOTE = 66
    ENOLINK = 67
    EADV = 68
    ESRMNT = 69
    ECOMM = 70
    EPROTO = 71
    EMULTIHOP = 72
    EDOTDOT = 73
    EBADMSG = 74
    EOVERFLOW = 75
    ENOTUNIQ = 76
    EBADFD = 77
    EREMCHG = 78
    ELIBACC = 79
    ELIBBAD = 80
    ELIBSCN = 81
    ELIBMAX = 82
    ELIBEXEC = 83
    EILSEQ = 84
    ERESTART = 85
    ESTRPIPE = 86
    EUSERS = 87
    ENOTSOCK = 88
    EDESTADDRREQ = 89
    EMSGSIZE = 90
    EPROTOTYPE = 91
    ENOPROTOOPT = 92
    EPROTONOSUPPORT = 93
    ESOCKTNOSUPPORT = 94
    EOPNOTSUPP = 95
    EPFNOSUPPORT = 96
    EAFNOSUPPORT = 97
    EADDRINUSE = 98
    EADDRNOTAVAIL = 99
    ENETDOWN = 100
    ENETUNREACH = 101
    ENETRESET = 102
    ECONNABORTED = 103
    ECONNRESET = 104
    ENOBUFS = 105
    EISCONN = 106
    ENOTCONN = 107
    ESHUTDOWN = 108
    ETOOMANYREFS = 109
    ETIMEDOUT = 110
    ECONNREFUSED = 111
    EHOSTDOWN = 112
    EHOSTUNREACH = 113
    EALREADY = 114
    EINPROGRESS = 115
    ESTALE = 116
    EUCLEAN = 117
    ENOTNAM = 118
    ENAVAIL = 119
    EISNAM = 120
    EREMOTEIO = 121
    EDQUOT = 122
    ENOMEDIUM = 123
    EMEDIUMTYPE = 124
    ECANCELED = 125
    ENOKEY = 126
    EKEYEXPIRED = 127
    EKEYREVOKED = 128
    EKEYREJECTED = 129
    EOWNERDEAD = 130
    ENOTRECOVERABLE = 131
    ERFKILL = 132
    EHWPOISON = 133
    EDEADLOCK = EDEADLK
    ENOTSUP = EOPNOTSUPP
    EWOULDBLOCK = EAGAIN


MESSAGES: dict[int, str] = {
    E.EPERM: "Operation not permitted",
    E.ENOENT: "No such file or directory",
    E.ESRCH: "No such process",
    E.EINTR: "Interrupted system call",
    E.EIO: "Input/output error",
    E.ENXIO: "No such device or address",
    E.E2BIG: "Argument list too long",
    E.ENOEXEC: "Exec format error",
    E.EBADF: "Bad file descriptor",
    E.ECHILD: "No child processes",
    E.EAGAIN: "Resource temporarily unavailable",
    E.ENOMEM: "Cannot allocate memory",
    E.EACCES: "Permission denied",
    E.EFAULT: "Bad address",
    E.ENOTBLK: "Block device required",
    E.EBUSY: "Device or resource busy",
    E.EEXIST: "File exists",
    E.EXDEV: "Invalid cross-device link",
    E.ENODEV: "No such device",
    E.ENOTDIR: "Not a directory",
    E.EISDIR: "Is a directory",
    E.EINVAL: "Invalid argument",
    E.ENFILE: "Too many open files in system",
    E.EMFILE: "Too many open files",
    E.ENOTTY: "Inappropriate ioctl for device",
    E.ETXTBSY: "Text file busy",
    E.EFBIG: "File too large",
    E.ENOSPC: "No space left on device",
    E.ESPIPE: "Illegal seek",
    E.EROFS: "Read-only file system",
    E.EMLINK: "Too many links",
    E.EPIPE: "Broken pipe",
    E.EDOM: "Numerical argument out of domain",
    E.ERANGE: "Numerical result out of range",
    E.EDEADLK: "Resource deadlock avoided",
    E.ENAMETOOLONG: "File name too long",
    E.ENOLCK: "No locks available",
    E.ENOSYS: "Function not implemented",
    E.ENOTEMPTY: "Directory not empty",
    E.ELOOP: "Too many levels of symbolic links",
    E.ENOMSG: "No message of desired type",
    E.EIDRM: "Identifier removed",
    E.ECHRNG: "Channel number out of range",
    E.EL2NSYNC: "Level 2 not synchronized",
    E.EL3HLT: "Level 3 halted",
    E.EL3RST: "Level 3 reset",
    E.ELNRNG: "Link number out of range",
    E.EUNATCH: "Protocol driver not attached",
    E.ENOCSI: "No CSI structure available",
    E.EL2HLT: "Level 2 halted",
    E.EBADE: "Invalid exchange",
    E.EBADR: "Invalid request descriptor",
    E.EXFULL: "Exchange full",
    E.ENOANO: "No anode",
    E.EBADRQC: "Invalid request code",
    E.EBADSLT: "Invalid slot",
    E.EBFONT: "Bad font file format",
    E.ENOSTR: "Device not a stream",
    E.ENODATA: "No data available",
    E.ETIME: "Timer expired",
    E.ENOSR: "Out of streams resources",
    E.ENONET: "Machine is not on the network",
    E.ENOPKG: "Package not installed",
    E.EREMOTE: "Object is remote",
    E.ENOLINK: "Link has been severed",
    E.EADV: "Advertise error",
    E.ESRMNT: "Srmount error",
    E.ECOMM: "Communication error on send",
    E.EPROTO: "Protocol error",
    E.EMULTIHOP: "Multihop attempted",
    E.EDOTDOT: "RFS specific error",
    E.EBADMSG: "Bad message",
    E.EOVERFLOW: "Value too large for defined data type",
    E.ENOTUNIQ: "Name not unique on network",
    E.EBADFD: "File descriptor in bad state",
    E.EREMCHG: "Remote address changed",
    E.ELIBACC: "Can not access a needed shared library",
    E.ELIBBAD: "Accessing a corrupted shared library",
    E.ELIBSCN: ".lib section in a.out corrupted",
    E.ELIBMAX: "Attempting to link in too many shared libraries",
    E.ELIBEXEC: "Cannot exec a shared library directly",
    E.EILSEQ: "Invalid or incomplete multibyte or wide character",
    E.ERESTART: "Interrupted system call should be restarted",
    E.ESTRPIPE: "Streams pipe error",
    E.EUSERS: "Too many users",
    E.ENOTSOCK: "Socket operation on non-socket",
    E.EDESTADDRREQ: "Destination address required",
    E.EMSGSIZE: "Message too long",
    E.EPROTOTYPE: "Protocol wrong type for socket",
    E.ENOPROTOOPT: "Protocol not available",
    E.EPROTONOSUPPORT: "Protocol not supported",
    E.ESOCKTNOSUPPORT: "Socket type not supported",
    E.EOPNOTSUPP: "Operation not supported",
    E.EPFNOSUPPORT: "Protocol family not supported",
    E.EAFNOSUPPORT: "Address family not supported by protocol",
    E.EADDRINUSE: "Address already in use",
    E.EADDRNOTAVAIL: "Cannot assign requested address",
    E.ENETDOWN: "Network is down",
    E.ENETUNREACH: "Network is unreachable",
    E.ENETRESET: "Network dropped connection on reset",
    E.ECONNABORTED: "Software caused connection abort",
    E.ECONNRESET: "Connection reset by peer",
    E.ENOBUFS: "No buffer space available",
    E.EISCONN: "Transport endpoint is already connected",
    E.ENOTCONN: "Transport endpoint is not connected",
    E.ESHUTDOWN: "Cannot send after transport endpoint shutdown",
    E.ETOOMANYREFS: "Too many references: cannot splice",
    E.ETIMEDOUT: "Connection timed out",
    E.ECONNREFUSED: "Connection refused",
    E.EHOSTDOWN: "Host is down",
    E.EHOSTUNREACH: "No route to host",
    E.EALREADY: "Operation already in progress",
    E.EINPROGRESS: "Operation now in progress",
    E.ESTALE: "Stale file handle",
    E.EUCLEAN: "Structure needs cleaning",
    E.ENOTNAM: "Not a XENIX named type file",
    E.ENAVAIL: "No XENIX semaphores available",
    E.EISNAM: "Is a named type file",
    E.EREMOTEIO: "Remote I/O error",
    E.EDQUOT: "Disk quota exceeded",
    E.ENOMEDIUM: "No medium found",
    E.EMEDIUMTYPE: "Wrong medium type",
    E.ECANCELED: "Operation canceled",
    E.ENOKEY: "Required key not available",
    E.EKEYEXPIRED: "Key has expired",
    E.EKEYREVOKED: "Key has been revoked",
    E.EKEYREJECTED: "Key was rejected by service",
    E.EOWNERDEAD: "Owner died",
    E.ENOTRECOVERABLE: "State not recoverable",
    E.ERFKILL: "Operation not possible due to RF-kill",
    E.EHWPOISON: "Memory page has hardware error",
}
"""What strace prints in parentheses, in the wording of glibc."""


class Errno(Exception):
    """A system call fails with this error number; the guest sees its negative as result."""

    def __init__(self, number: E) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        return f"{self.number.name} ({MESSAGES[self.number]})"

    restarts = False
    """A signal ended the wait, and the call begins again after the handler whatever that asks for (ERESTARTNOINTR)."""

    @classmethod
    def from_host(cls, error: OSError) -> Errno:
        """The guest's number for a host's failure, found by name: hosts number some errors differently."""
        name = _host_errno.errorcode.get(error.errno or 0, "EIO")
        return cls(E.__members__.get(name, E.EIO))


class _HostErrors:
    """Context in which a host's OSError becomes the guest's Errno. One shared, stateless object: it is on hot paths."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise Errno.from_host(error) from error


host_errors = _HostErrors()

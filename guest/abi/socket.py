"""Numbers of sockets: families, types, protocols, options, message flags (asm-generic, as on AArch64)."""

from __future__ import annotations

from enum import IntEnum

from guest.abi.flag_word import FlagWord


class Family(IntEnum):
    """Address families that this kernel has; other numbers are EAFNOSUPPORT."""

    AF_UNSPEC = 0
    AF_UNIX = 1
    AF_INET = 2
    AF_INET6 = 10
    AF_NETLINK = 16


class SocketType(IntEnum):
    """Kinds of sockets."""

    SOCK_STREAM = 1
    SOCK_DGRAM = 2
    SOCK_RAW = 3
    SOCK_RDM = 4
    SOCK_SEQPACKET = 5
    SOCK_DCCP = 6
    SOCK_PACKET = 10


SOCK_TYPE_MASK = 0xF
SOCK_MAX = 11
SOCK_NONBLOCK = 0o4000
SOCK_CLOEXEC = 0o2000000


class Protocol(IntEnum):
    """Protocols of the internet families."""

    IPPROTO_IP = 0
    IPPROTO_ICMP = 1
    IPPROTO_TCP = 6
    IPPROTO_UDP = 17
    IPPROTO_IPV6 = 41
    IPPROTO_ICMPV6 = 58
    IPPROTO_UDPLITE = 136
    IPPROTO_RAW = 255


IPPROTO_MAX = 263
NETLINK_ROUTE = 0
NETLINK_KOBJECT_UEVENT = 15


class ShutdownHow(IntEnum):
    """What shutdown ends."""

    SHUT_RD = 0
    SHUT_WR = 1
    SHUT_RDWR = 2


class MessageFlag(FlagWord):
    """Flags of the send and receive calls."""

    MSG_OOB = 0x1
    MSG_PEEK = 0x2
    MSG_DONTROUTE = 0x4
    MSG_CTRUNC = 0x8
    MSG_PROBE = 0x10
    MSG_TRUNC = 0x20
    MSG_DONTWAIT = 0x40
    MSG_EOR = 0x80
    MSG_WAITALL = 0x100
    MSG_FIN = 0x200
    MSG_SYN = 0x400
    MSG_CONFIRM = 0x800
    MSG_RST = 0x1000
    MSG_ERRQUEUE = 0x2000
    MSG_NOSIGNAL = 0x4000
    MSG_MORE = 0x8000
    MSG_WAITFORONE = 0x10000
    MSG_BATCH = 0x40000
    MSG_ZEROCOPY = 0x4000000
    MSG_FASTOPEN = 0x20000000
    MSG_CMSG_CLOEXEC = 0x40000000


class Level(IntEnum):
    """Levels of options."""

    SOL_IP = 0
    SOL_SOCKET = 1
    SOL_TCP = 6
    SOL_UDP = 17
    SOL_IPV6 = 41
    SOL_UDPLITE = 136
    SOL_NETLINK = 270


class SocketOption(IntEnum):
    """Options of level SOL_SOCKET."""

    SO_DEBUG = 1
    SO_REUSEADDR = 2
    SO_TYPE = 3
    SO_ERROR = 4
    SO_DONTROUTE = 5
    SO_BROADCAST = 6
    SO_SNDBUF = 7
    SO_RCVBUF = 8
    SO_KEEPALIVE = 9
    SO_OOBINLINE = 10
    SO_NO_CHECK = 11
    SO_PRIORITY = 12
    SO_LINGER = 13
    SO_BSDCOMPAT = 14
    SO_REUSEPORT = 15
    SO_PASSCRED = 16
    SO_PEERCRED = 17
    SO_RCVLOWAT = 18
    SO_SNDLOWAT = 19
    SO_RCVTIMEO = 20
    SO_SNDTIMEO = 21
    SO_BINDTODEVICE = 25
    SO_ATTACH_FILTER = 26
    SO_DETACH_FILTER = 27
    SO_PEERNAME = 28
    SO_TIMESTAMP = 29
    SO_ACCEPTCONN = 30
    SO_PEERSEC = 31
    SO_SNDBUFFORCE = 32
    SO_RCVBUFFORCE = 33
    SO_PASSSEC = 34
    SO_TIMESTAMPNS = 35
    SO_MARK = 36
    SO_TIMESTAMPING = 37
    SO_PROTOCOL = 38
    SO_DOMAIN = 39
    SO_RXQ_OVFL = 40
    SO_PEEK_OFF = 42
    SO_BUSY_POLL = 46
    SO_INCOMING_CPU = 49
    SO_COOKIE = 57
    SO_PEERGROUPS = 59
    SO_RCVTIMEO_NEW = 66
    SO_SNDTIMEO_NEW = 67


class IpOption(IntEnum):
    """Options of level SOL_IP."""

    IP_TOS = 1
    IP_TTL = 2
    IP_HDRINCL = 3
    IP_OPTIONS = 4
    IP_RECVOPTS = 6
    IP_PKTINFO = 8
    IP_MTU_DISCOVER = 10
    IP_RECVERR = 11
    IP_RECVTTL = 12
    IP_RECVTOS = 13
    IP_MTU = 14
    IP_FREEBIND = 15
    IP_BIND_ADDRESS_NO_PORT = 24
    IP_MULTICAST_IF = 32
    IP_MULTICAST_TTL = 33
    IP_MULTICAST_LOOP = 34
    IP_ADD_MEMBERSHIP = 35
    IP_DROP_MEMBERSHIP = 36
    IP_MULTICAST_ALL = 49


class Ipv6Option(IntEnum):
    """Options of level SOL_IPV6."""

    IPV6_UNICAST_HOPS = 16
    IPV6_MULTICAST_IF = 17
    IPV6_MULTICAST_HOPS = 18
    IPV6_MULTICAST_LOOP = 19
    IPV6_ADD_MEMBERSHIP = 20
    IPV6_DROP_MEMBERSHIP = 21
    IPV6_MTU_DISCOVER = 23
    IPV6_MTU = 24
    IPV6_RECVERR = 25
    IPV6_V6ONLY = 26
    IPV6_RECVPKTINFO = 49
    IPV6_PKTINFO = 50
    IPV6_RECVHOPLIMIT = 51
    IPV6_HOPLIMIT = 52
    IPV6_RECVTCLASS = 66
    IPV6_TCLASS = 67
    IPV6_DONTFRAG = 62


class UdpLiteOption(IntEnum):
    """Options of level SOL_UDPLITE (`include/net/udplite.h`)."""

    UDPLITE_SEND_CSCOV = 10
    UDPLITE_RECV_CSCOV = 11


class TcpOption(IntEnum):
    """Options of level SOL_TCP."""

    TCP_NODELAY = 1
    TCP_MAXSEG = 2
    TCP_CORK = 3
    TCP_KEEPIDLE = 4
    TCP_KEEPINTVL = 5
    TCP_KEEPCNT = 6
    TCP_SYNCNT = 7
    TCP_LINGER2 = 8
    TCP_DEFER_ACCEPT = 9
    TCP_WINDOW_CLAMP = 10
    TCP_INFO = 11
    TCP_QUICKACK = 12
    TCP_CONGESTION = 13
    TCP_USER_TIMEOUT = 18
    TCP_FASTOPEN = 23
    TCP_NOTSENT_LOWAT = 25


class TcpState(IntEnum):
    """States of struct tcp_info that this model passes through."""

    TCP_ESTABLISHED = 1
    TCP_SYN_SENT = 2
    TCP_FIN_WAIT2 = 5
    TCP_CLOSE = 7
    TCP_CLOSE_WAIT = 8
    TCP_LISTEN = 10


class ControlType(IntEnum):
    """Types of ancillary data of level SOL_SOCKET."""

    SCM_RIGHTS = 1
    SCM_CREDENTIALS = 2


class SocketIoctl(IntEnum):
    """Commands of ioctl on sockets."""

    FIONREAD = 0x541B
    SIOCOUTQ = 0x5411
    SIOCATMARK = 0x8905
    SIOCGSTAMP = 0x8906
    SIOCGIFNAME = 0x8910
    SIOCGIFCONF = 0x8912
    SIOCGIFFLAGS = 0x8913
    SIOCGIFADDR = 0x8915
    SIOCGIFDSTADDR = 0x8917
    SIOCGIFBRDADDR = 0x8919
    SIOCGIFNETMASK = 0x891B
    SIOCGIFMETRIC = 0x891D
    SIOCGIFMTU = 0x8921
    SIOCGIFHWADDR = 0x8927
    SIOCGIFINDEX = 0x8933
    SIOCGIFTXQLEN = 0x8942


class InterfaceFlag(FlagWord):
    """Flags of a network interface."""

    IFF_UP = 0x1
    IFF_LOOPBACK = 0x8
    IFF_RUNNING = 0x40
    IFF_LOWER_UP = 0x10000


SOMAXCONN = 4096
SCM_MAX_FD = 253
UIO_MAXIOV = 1024
SOCKADDR_STORAGE_SIZE = 128
SUN_PATH_SIZE = 108

LOOPBACK_INDEX = 1
LOOPBACK_MTU = 65536
ARPHRD_LOOPBACK = 772

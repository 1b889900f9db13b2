"""Sockets: Unix domain, internet protocols on the machine's loopback, and netlink for interfaces and for uevents.

    network      what all sockets of a machine share: names, ports, counters
    socket       base of all sockets; options, timeouts, buffers
    unix/        AF_UNIX        inet/     AF_INET and AF_INET6        netlink/    AF_NETLINK
    message      struct msghdr and ancillary data in user memory
    syscalls/    the system calls

May import `guest.abi`, `guest.fs`, `guest.mm` and the task's parts. Invariant: a message is delivered at once, in the
call that sends it; nothing of the network runs by itself, and no socket reaches the host unless the run asks for it.
"""

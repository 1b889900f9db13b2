"""AF_NETLINK: datagrams between programs and parts of the kernel, by protocol, to a port or to a group of sockets.

    socket       a program's socket: its port, its groups, its queue
    ports        which sockets there are by protocol and port; messages to a group
    request      requests with a header, their answers and acknowledgements
    protocol     what differs between protocols: the kernel's end
    route        NETLINK_ROUTE: which interfaces, addresses and routes there are
    uevent       NETLINK_KOBJECT_UEVENT: what happens to devices
    protocols    all of them

A protocol's code knows sockets by their ports only; what a socket does never depends on which protocol it has.
"""

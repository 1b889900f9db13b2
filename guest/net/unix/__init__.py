"""AF_UNIX: sockets named by inodes or abstract names.

`stream` has connections (SOCK_SEQPACKET too), `datagram` none.
"""

"""AF_INET and AF_INET6 on the loopback interface, the only one: no packets, but sockets that find each other by port.

Any other address is unreachable. Addresses are kept as their 4 or 16 bytes; an IPv4-mapped IPv6 address is kept as
IPv4, and shown mapped by IPv6 sockets.
"""

"""AF_NETLINK with its route family: enough to ask which interfaces, addresses and routes there are."""

"""Files as a process sees them: inodes and names, the path walk, open files, descriptors, devices.

May import `guest.abi`, `guest.costs`, `guest.wait`; only `syscalls/` (and type hints) know tasks. Invariant: no host
object outside the sysroot and the binds is ever opened on behalf of a guest path. The walk goes component by
component on directory handles, never lets the host follow a symbolic link or `..`, and opens an inode only through
the handle whose kind it has checked.
"""

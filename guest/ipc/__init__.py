"""System V IPC and POSIX message queues (`ipc/`).

`ids.py` has what the three kinds of System V objects share: keys, identifiers, permissions; `shm.py`, `sem.py` and
`msg.py` are the objects, `mqueue.py` the POSIX queues, `namespace.py` all of a machine with their limits; each
`*_syscalls.py` has the system calls of one kind. Imports guest and emulator only. Invariant: an operation that waits is
carried out by whoever makes it possible, so that order does not depend on who runs next.
"""

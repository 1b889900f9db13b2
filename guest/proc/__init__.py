"""procfs: the kernel's state as files, at /proc.

Formats are Linux's to the blank; values are those of the modelled machine. May import everything in `guest` but the
system calls of other folders. Invariant: reading a file changes nothing, so looking at a run does not change it.
"""

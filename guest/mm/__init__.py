"""Memory as a process sees it: mappings (VMAs), placement, the heap and the stack, and access to user memory.

May import `emulator.memory`, `guest.abi`, `guest.costs`, `guest.futex_table`; its `syscalls.py` also `guest.task` and
`guest.syscall`. Invariant: a page is mapped in the address space's `GuestMemory` exactly if a VMA covers it, with the
same protection.
"""

"""Linux as a program sees it: loader, memory, tasks, signals, time, files and the system calls of each.

May import `emulator` (for memory and the declaration of configuration values), nothing above. Invariants: guest time is
virtual time, entropy comes from the seed, and every part of a task's state has one owner (`task.py` lists them). Pure
numbers and structures live in `abi/`; each family's system calls stand beside the subsystem they belong to.
"""

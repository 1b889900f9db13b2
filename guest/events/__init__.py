"""Pipes, event descriptors, and the calls that wait for many files or move bytes between two.

May import `guest.abi`, `guest.fs`, `guest.mm`, `guest.signal` and the task; nothing of the scheduler. Invariant: a
file whose `poll` may change wakes its `readiness` with the poll events that came true (or without a mask), so that
poll, epoll and blocking calls need no other way to learn of it.
"""

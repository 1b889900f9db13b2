"""Futexes: waiting for words of user memory to change, and locks whose owner the kernel knows.

    table.py        who waits for which word; one table for the machine
    operations.py   wait, wake, requeue, wake_op on plain words
    priority.py     locks with priority inheritance: lock, unlock, requeue to them
    robust.py       robust lists: what becomes of the locks of a task that ends
    user_word.py    access to the words
    arguments.py    how strace shows the arguments
    syscalls.py     the calls

No other task runs while the kernel serves a call, so that reading a word, deciding and waiting are one step. Tasks are
woken by real-time priority, then in order of arrival.
"""

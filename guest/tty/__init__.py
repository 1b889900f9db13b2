"""Terminals: the line discipline, job control, pseudo-terminals and the console.

May import `guest.abi`, `guest.fs`, `guest.signal` and `guest.wait`. A `Terminal` is Linux's tty_struct: settings, line
discipline, session and foreground group; what carries its bytes (the other end of a pseudo-terminal, the host's
terminal) is given to it as functions. Invariant: only `job_control` changes who a terminal belongs to.
"""

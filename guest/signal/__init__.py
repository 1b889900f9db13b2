"""Signals: sending, what they do, the frame a handler runs on, the timers that send them, and the system calls.

`state.py` holds what is pending, blocked and handled; `send.py` decides whether a signal becomes pending and who gets
it; `delivery.py` what a task must do before it returns to user mode; `frame.py` makes and undoes the stack frame of a
handler; `fault.py` says which signal a hardware fault is; `report.py` describes a fatal one for people. Imports guest
and emulator only. Invariant: SIGKILL and SIGSTOP are never blocked, and a signal that its receiver neither blocks nor
wants is never pending.
"""

"""Who runs on which core: per-core run queues, policies, placement, preemption and balancing.

    entity.py      what the kernel knows of a task's scheduling: policy, nice value, affinity, and its counts
    thread.py      a task with its registers and its place on a core
    policy.py      order and slices: fair (virtual runtime), SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE
    runqueue.py    the runnable threads of one core
    placement.py   which core a thread goes to, and who is moved to even the cores out
    scheduler.py   what the run loop calls
    config.py      the preset keys
    syscalls.py, priority_syscalls.py   the system calls

May import `emulator`, `guest.timer`, `guest.wait`, `guest.costs`; only the system calls import `guest.task`. Nothing
depends on the host: ties are broken by core number, thread number or order of arrival. A core with one runnable thread
needs no scheduler at all until something happens: no tick, no balancing.
"""

"""What `aimc bench` measures, and with what.

    benchmark.py   what a benchmark is: it is repeated, then gives rows
    rows.py        rows of the result, their targets, medians
    child.py       runs a command and says what it cost
    probe.py       runs the `aimc` command and notes when the guest began and what the run loop took (in a child)
    worker.py      runs many programs in one process, for costs that start-up would drown (in a child)
    catalogue.py   all benchmarks: the only place to touch to add one
    table.py, document.py, host.py   what is shown and written

Every measurement runs in a process of its own, so that nothing heavy is loaded here: the peak memory that Linux reports
of a child includes what its parent had when it started it.
"""

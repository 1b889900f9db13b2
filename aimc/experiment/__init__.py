"""Experiments with the driver of the tiles: `aimc experiment`.

    experiment.py   what an experiment is: points, columns, and how one point is measured
    runner.py       runs the guest program bench-driver, which measures itself in guest time
    coupling.py, waiting.py, sharing.py, migration.py   the experiments
    catalogue.py    all of them: the only place to touch to add one
    table.py, document.py, plot.py   what is shown and written

Invariant: all figures are guest time, so they are the same at each repetition and on each host.
"""

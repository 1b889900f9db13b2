"""Comparison of the model with measurements of another simulator: `aimc validate`.

`reference.py` reads the measurements, `binaries.py` finds or builds the programs that were measured, `timing.py` runs
them here; `table.py`, `document.py` and `plot.py` show what came out. Invariant: nothing here changes what a run gives.
"""

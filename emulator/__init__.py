"""The hardware: cores on Unicorn, timing, energy and the AIMC tile.

Knows no Linux. May import nothing of the project outside this folder. Invariant: Python never runs per instruction, per
block or per memory access; hooks are compiled and meet Python only in the records of `record.py`.
"""

"""The timing model: an in-order core as gem5's MinorCPU, its caches, branch predictor and main memory.

Code that runs per instruction is compiled by Numba; what is decided once per instruction word is plain Python. May
import from `emulator` only. Invariant: what a program computes never depends on it.
"""

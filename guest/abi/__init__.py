"""Numbers and structures of the Linux system-call interface on AArch64; no behaviour.

May import nothing of the project. Invariant: every structure here has the size and offsets of the C header (tested).
"""

"""Sizes of the branch predictor's tables: the defaults of gem5's TournamentBP, BTB and indirect predictor."""

from __future__ import annotations

LOCAL_HISTORIES = 2048
LOCAL_COUNTERS = 2048
GLOBAL_COUNTERS = 8192
BTB_ENTRIES = 4096
RETURN_ENTRIES = 16
INDIRECT_SETS = 256
INDIRECT_WAYS = 2

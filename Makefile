# Everything runs in .venv, made from the python3 of the path (or PYTHON=…) and remade when pyproject.toml changes.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# More arguments for pytest: make test PYTEST_ARGS='-k presets'
PYTEST_ARGS ?=
# How much make fuzz does: make fuzz CALLS=1000000 SEED=1 (another seed, other calls); FUZZ_ARGS: see tests/fuzz/__main__.py
CALLS ?= 100000
PROGRAMS ?= 3000
SEED ?= 0
FUZZ_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: demo test lint bench fuzz clean help

demo: $(STAMP)  ## handwritten digits: the core against the analog tile
	$(BIN)/aimc demo

test: $(STAMP)  ## all tests, in parallel
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

lint: $(STAMP)  ## style, types, and which layer imports which
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## measure speed on this host
	$(BIN)/aimc bench

fuzz: $(STAMP)  ## hostile input: random system calls, corrupt programs (CALLS=100000, PROGRAMS=3000, SEED=0)
	$(BIN)/python -m tests.fuzz --calls $(CALLS) --programs $(PROGRAMS) --seed $(SEED) $(FUZZ_ARGS)

clean:  ## remove .venv and everything that tools left in the source tree
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1\t\2/p' Makefile | expand -t 16

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3 and python3-venv (or set PYTHON=…)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version) (set PYTHON=… to use another)." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is incomplete: install python3-venv." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,images]'
	@touch $@

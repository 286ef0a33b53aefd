# Two commands do all the set-up on a fresh machine (Debian, Python >= 3.11, pip, make): `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
# Tests wait more than they work: twice as many processes as cores.
WORKERS ?= 4
READY := $(VENV)/.ready

.PHONY: demo test check unit interop selftest bench clean

demo: $(READY) ## run the main job on the embedded emulators; ends with the path of the HTML report
	$(BIN)/v2xconform run iso15118-20-secc
	$(BIN)/v2xconform run iso15118-20-evcc
	$(BIN)/v2xconform run ocpp21-csms
	$(BIN)/v2xconform run ocpp21-station

test: check unit selftest ## every check that CI runs

check: $(READY) ## style, types, floors, lab content
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/v2xconform check

unit: $(READY) ## unit, engine and interoperability tests (installs its counterparts below .interop/)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --benchmark-disable

interop: $(READY) ## only the tests against counterparts that nobody here wrote
	$(BIN)/python -m pytest -m interop -n $(WORKERS) --dist worksteal --benchmark-disable

selftest: $(READY) ## every quirk must be caught, every test case must catch one; what two editions share, once
	$(BIN)/v2xconform selftest --jobs $(JOBS) --once

bench: $(READY) ## benchmarks; ratios of one run are what counts
	$(BIN)/python -m pytest tests/benchmarks --benchmark-only

clean: ## remove what was made here (not reports/runs)
	rm -rf $(VENV) .interop .bootstrap build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .benchmarks .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian keeps venv's own pip in a package of its own (python3-venv); without it virtualenv from PyPI does the same.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "v2xconform needs Python 3.11 or newer; say which: make PYTHON=python3.12 …" >&2; exit 2; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
		$(PYTHON) -m pip install --quiet --target .bootstrap virtualenv && PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

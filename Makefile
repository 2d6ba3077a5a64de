# Everything a fresh machine needs is Python 3.11 or later and make; the first target that runs builds the environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
DATA ?=
SELECT ?=
# test files at a time: as many as there are cores (tests/conftest.py); those of e2e, which are long, are begun first
WORKERS ?= auto
# a worker that dies ends the run: the files that it had would be waited for without end
ABREAST := -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0

.PHONY: demo test test-slow parity check lint format clean

demo: $(READY)  ## three stages on a tiny model, four ways, and a report (DATA=folder of real downloads)
	$(BIN)/python recipes/smoke/demo.py $(if $(DATA),--data "$(DATA)")

test: $(READY)  ## the default tests (SELECT=other ones, as pytest's -m has it)
	$(BIN)/python -m pytest $(ABREAST) $(if $(SELECT),-m "$(SELECT)")

test-slow: $(READY)  ## the tests that take minutes each
	$(BIN)/python -m pytest -m slow

parity: $(READY)  ## the whole parity table: the same weights however a stage is trained
	$(BIN)/python -m pytest -m slow tests/e2e/test_parity.py

check: lint  ## before each commit
	$(BIN)/python -m pytest -q $(ABREAST) tests/unit tests/oracle

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable '.[dev,qlora]'
	# its source package looks at the torch that is installed, so it cannot be built apart from it
	DS_BUILD_OPS=0 $(INSTALL) --no-build-isolation deepspeed
	touch $(READY)

clean:
	rm -rf saves/smoke build dist .pytest_cache .mypy_cache .ruff_cache

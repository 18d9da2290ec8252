# Every target makes the environment first; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# The tools of `make sbom` and the audit live apart: what they bring would make every scan import a third more.
TOOLS := .venv/supply
TOOLS_READY := $(TOOLS)/.ready
INSTALL := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help scan test deep test-unit test-unit-1 test-unit-2 test-worked test-system test-system-1 \
  test-system-2 check sbom bench docs wheel lock clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("riskplug needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS_READY): .ci/supply.lock $(READY)
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python $(INSTALL) --require-hashes --only-binary :all: -r .ci/supply.lock
	@touch $@

scan: $(READY)  ## tonight's risks of the sample company
	$(BIN)/riskplug scan

# Five runs on two cores, long ones first: each core takes the next when it is free, and all run though one fails.
test: $(READY)  ## all tests
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target \
	  test-unit-2 test-system-2 test-unit-1 test-system-1 test-worked

deep:  ## all tests, with four times as many random examples
	@RISKPLUG_DEEP=1 $(MAKE) --no-print-directory test

test-unit: test-unit-1 test-unit-2

test-system: test-system-1 test-system-2

# Scans of the sample, and what looks at the same one; the other run has the nights of the small company.
SAMPLE := $(foreach name,answers bad_input brief command docs example_packages guard new_plugins runway_command scale scenarios \
  tutorial tutorial_plugins,tests/system/test_$(name).py)

test-system-1: $(READY)
	$(BIN)/python -m pytest --durations=25 $(SAMPLE)

test-system-2: $(READY)
	$(BIN)/python -m pytest --durations=25 $(filter-out $(SAMPLE),$(wildcard tests/system/test_*.py))

test-unit-1: $(READY)
	$(BIN)/python -m pytest --durations=25 $(wildcard tests/unit/[a-o]*)

test-unit-2: $(TOOLS_READY)
	$(BIN)/python -m pytest --durations=25 --ignore=tests/system --ignore=tests/properties --ignore=tests/cases \
	  $(addprefix --ignore=,$(wildcard tests/unit/[a-o]*))

test-worked: $(READY)
	$(BIN)/python -m pytest --durations=25 tests/properties tests/cases

check: $(READY) sbom  ## lint, types, layers, known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	for package in docs/examples/*/src/*; do $(BIN)/mypy --strict $$package || exit 1; done
	$(BIN)/python -m pytest -q tests/test_layers.py
	$(TOOLS)/bin/python .ci/audit.py --lock requirements.lock --lock .ci/supply.lock

sbom: $(TOOLS_READY)  ## bill of materials of all that is locked (CycloneDX), into dist/
	@mkdir -p dist
	$(TOOLS)/bin/python -W ignore::UserWarning -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible \
	  --spec-version 1.6 --output-file dist/riskplug.cdx.json requirements.lock

bench: $(READY)  ## speed and memory beside DuckDB, Polars, pandas and pyarrow
	$(BIN)/python bench/whole.py --json whole
	$(BIN)/python bench/nights.py --json nights
	$(BIN)/python bench/run.py --json run
	$(BIN)/python bench/run.py --parts 10000000 --contenders riskplug duckdb --rounds 1 --json run-10m  # 16 GB of memory
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/rules.py --json rules
	$(BIN)/python bench/guard.py
	$(BIN)/python bench/regimes.py
	$(BIN)/python bench/runway.py --json runway
	$(BIN)/python bench/disruptions.py
	$(BIN)/python bench/alerts.py --json alerts
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/page.py

docs: $(READY)  ## renew the generated reference pages
	$(BIN)/python docs/generate.py

wheel: $(READY)  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate
lock:  ## renew both lock files (needs uv)
	uv pip compile pyproject.toml --extra dask --extra postgresql --extra mariadb --group dev --group bench $(LOCK) \
	  -o requirements.lock
	uv pip compile --group pyproject.toml:supply $(LOCK) -o .ci/supply.lock

clean:  ## remove what was made
	rm -rf .venv dist .riskplug .mypy_cache .ruff_cache .pytest_cache .hypothesis

# `make demo` and `make test` each do all the set-up on a bare machine with Python 3.11 or newer.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test quick dev check lint types layers docs bench eval clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Installed again only when pyproject.toml changed; the marker is written last, so that an
# interrupted install is done again.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tagwright needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

demo: $(READY) ## set up, then the whole tour on a sample company and a sandbox AWS
	$(BIN)/tagwright demo

test: $(READY) ## set up, then the tests
	$(BIN)/python -m pytest -n 2

quick: $(READY) ## the tests but those marked slow: the inner loop
	$(BIN)/python -m pytest -n 2 -m 'not slow'

dev: $(READY) ## set up for development

check: $(READY) lint types layers test ## everything that CI checks

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

layers: $(READY) ## import-linter: the layers hold
	$(BIN)/lint-imports --no-cache

docs: $(READY) ## write docs/reference from the code
	$(BIN)/python -m tagwright_evals.reference

bench: $(READY) ## speed against bare DuckDB, as ratios
	$(BIN)/python -m tagwright_evals.bench

eval: $(READY) ## 260 questions about the sample company: exact, wrong, refused; report in eval-report/
	$(BIN)/python -m tagwright_evals.questions

clean: ## remove what was built (not the data)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

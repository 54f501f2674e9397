# Everything a person or CI does here. Bare `make` prints this list.
# Paths are relative on purpose: the checkout may stand in a directory with a space in its name.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: help
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

$(STAMP): requirements/dev.txt pyproject.toml
	@tools/install.sh "$(PYTHON)" "$(VENV)"
	@touch $(STAMP)

.PHONY: install
install: $(STAMP) ## Make the virtual environment in .venv from the lock file

.PHONY: demo
demo: $(STAMP) ## The main job: monitor two days of a small model's traffic and write the report
	@$(PY) examples/quickstart/demo.py

.PHONY: lint
lint: $(STAMP) ## Style, types and layering
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

.PHONY: check
check: lint ## Lint and the tests that take seconds
	$(PY) -m pytest -q -n 2 --dist loadgroup -m "not slow"

.PHONY: test-parts
test-parts: $(STAMP) ## What the tests run besides Python: programs (installed where this is root), Kubernetes and stores (built with Go)
	@tools/install-test-parts.sh
	@$(PY) -m tests.cluster prepare
	@$(PY) -m tests.support.servers

.PHONY: cluster-up
cluster-up: test-parts ## A throw-away Kubernetes on this machine with the operator installed
	@$(PY) -m tests.cluster up

.PHONY: cluster-down
cluster-down: $(STAMP) ## End it and leave nothing behind
	@$(PY) -m tests.cluster down

.PHONY: test
test: lint test-parts ## Everything: lint and the whole test suite
	$(PY) -m pytest -q -n 2 --dist loadgroup

.PHONY: generate
generate: $(STAMP) ## Rewrite what is generated: CRDs, examples of every field, reference docs
	$(PY) tools/generate.py

.PHONY: manifests
manifests: $(STAMP) ## Rewrite deploy/ from the chart
	$(PY) -m tests.charts.plain

.PHONY: format
format: $(STAMP) ## Let ruff format and fix what it can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

.PHONY: lock
lock: $(STAMP) ## Resolve the lock file anew (hashes, no addresses)
	tools/lock.sh

.PHONY: clean
clean: ## Remove what the commands above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache demo-output

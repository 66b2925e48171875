.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

$(STAMP): requirements/lock.txt
	@if command -v uv >/dev/null 2>&1; then \
	  test -d $(VENV) || uv venv -q --python $(PYTHON) $(VENV); \
	  uv pip install -q --python $(BIN)/python --require-hashes -r requirements/lock.txt; \
	else \
	  test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
	    echo "Python's venv module is incomplete here. On Debian or Ubuntu: apt install python3-venv"; exit 1; }; \
	  $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/lock.txt; \
	fi
	@touch $@

install: $(STAMP) ## build the environment

test: $(STAMP) ## run the whole test suite
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP) ## check the import contracts
	$(BIN)/lint-imports

ci: lint types layers test ## all that must be green
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

.PHONY: help install test lint types layers ci

# Needs Python 3.11 or newer with venv, and make (Debian, Ubuntu: apt install python3-venv make).
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_STAMP := $(VENV)/.installed-for-demo
PORT ?= 8000

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

# --- the environment -------------------------------------------------------------------

# All of it for the tests and checks; the demo needs less than a quarter of that.
$(STAMP): requirements/lock.txt
	@$(INSTALL) -r $<
	@touch $@

$(DEMO_STAMP): requirements/demo.txt
	@$(INSTALL) -r $<
	@touch $@

define INSTALL
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "footback needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo missing)."; \
  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }; \
echo "Building the environment in $(VENV)/: this takes a minute or two ..."; \
if command -v uv >/dev/null 2>&1; then \
  { test -x $(BIN)/python || UV_PYTHON_DOWNLOADS=never uv venv -q --python $(PYTHON) $(VENV); } && \
  set -- uv pip install -q --python $(BIN)/python; \
else \
  { test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
    echo "Python's venv module is incomplete here. On Debian or Ubuntu: apt install python3-venv"; \
    exit 1; }; } && \
  set -- $(BIN)/pip install -q --disable-pip-version-check; \
fi && "$$@" --require-hashes
endef

install: $(STAMP) ## build the environment

# --- the two commands ------------------------------------------------------------------

demo: $(DEMO_STAMP) ## fill and serve the demo shop (ONCE=1: end after the main job; PORT=8000)
	@$(BIN)/python -m footback_shop.demo --port $(PORT) $(if $(filter-out 0,$(ONCE)),--once)

test: $(STAMP) ## run the whole test suite on all this machine has (ARGS="..." for pytest)
	@$(BIN)/python -m tests.run_everywhere $(ARGS)

# --- the checks ------------------------------------------------------------------------

ci: lint types layers migrations check dependencies test ## all that must be green

lint: $(STAMP) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

layers: $(STAMP) ## the import contracts
	$(BIN)/lint-imports

migrations: $(STAMP) ## no model change without its migration
	$(BIN)/python manage.py makemigrations --check --dry-run

check: $(STAMP) ## Django's and footback's own system checks
	$(BIN)/python manage.py check --fail-level WARNING

dependencies: $(STAMP) ## what is imported is declared, what is declared is imported
	$(BIN)/deptry .

# --- measuring and looking -------------------------------------------------------------

bench-spine: $(STAMP) ## import, annotate, assess: rates beside a plain baseline
	$(BIN)/python -m bench.spine

faults: $(STAMP) ## kill mail workers at random: copies, losses, unknowns, beside two peers (ARGS="--long")
	$(BIN)/python -m bench.faults $(ARGS)

bench-nudges: $(STAMP) ## the mailer beside its anchors (ARGS="--purchases 10000000" for the large form)
	$(BIN)/python -m bench.nudges $(ARGS)

bench-search: $(STAMP) ## faceted search beside its peers (ARGS="--sizes 100000" for the quick form)
	$(BIN)/python -m bench.search $(ARGS)

bench-api: $(STAMP) ## requests a second through gunicorn, beside a constant view
	$(BIN)/python -m bench.api

bench-import: $(STAMP) ## import beside django-import-export (ARGS="--sizes 2000" for the quick form)
	$(BIN)/python -m bench.importing $(ARGS)

bench-extract: $(STAMP) ## the extractor: rate beside one pattern per phrase
	$(BIN)/python -m bench.extract

bench-scoring: $(STAMP) ## a million listings for every profile, and writing back, beside plain ways
	$(BIN)/python -m bench.scoring $(ARGS)

eval: $(STAMP) ## how well the extractor reads, on labelled listings
	$(BIN)/python -m bench.evaluate

messages: $(STAMP) ## bring the translations into step with the source, and compile them
	$(BIN)/python -m messages

fixtures: $(STAMP) ## write the invented catalogue anew (always the same bytes)
	$(BIN)/python -m fixtures.build

screenshots: $(STAMP) ## pictures of the pages for README and docs (needs Chromium)
	$(BIN)/python -m docs.screenshots

clean: ## remove the environment, the demo's database, mails and logs
	rm -rf $(VENV) var .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help install demo test ci lint types layers migrations check dependencies \
  bench-spine bench-nudges bench-search bench-api bench-import bench-extract bench-scoring faults eval messages fixtures screenshots clean

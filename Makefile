# Every target sets up what it needs: Python 3.11, git and make are enough.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Hundreds of processes are started by the tests; without compiled files each takes seconds longer.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= 3.11
ARGS ?=
# Two for each core: most tests wait.
JOBS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
KILLS ?= 300
DATABASE ?= both
REPLICAS ?= 3
MINUTES ?= 10
SEED ?=
BIN := .venv/bin
UV := $(or $(shell command -v uv),.tools/uv/bin/uv)
STAMP := .venv/.synced

.PHONY: help venv demo test chaos soak minutes mutants reader lint format bench bench-deps bench-all pictures clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP) ## Build .venv from uv.lock (brings uv if there is none)

.tools/uv/bin/uv:
	@echo "uv is not on the PATH: installing it into .tools (some seconds)"
	@py=$$(command -v python$(PYTHON) || command -v python3) && "$$py" -m venv .tools/uv
	@.tools/uv/bin/pip install --quiet --disable-pip-version-check uv

$(STAMP): pyproject.toml uv.lock | $(filter .tools/%,$(UV))
	@echo "Building .venv from uv.lock (the first time takes up to a minute)"
	@$(UV) sync --locked --python $(PYTHON)
	@touch $@

demo: $(STAMP) ## Run the bot against a local Slack and Jira (ARGS=--headless plays the story by itself)
	@$(BIN)/tocsin demo $(ARGS)

test: $(STAMP) ## Run the tests (ARGS="tests/unit -k ladder" chooses, JOBS=1 takes one core)
	@$(BIN)/pytest -n $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)

chaos: $(STAMP) ## Kill processes KILLS=300 times: minutes, more on a busy machine (SEED=, DATABASE=sqlite|postgres|both)
	@$(BIN)/python -m tests.chaos --kills $(KILLS) --database $(DATABASE) --replicas $(REPLICAS) $(if $(SEED),--seed $(SEED)) $(ARGS)

minutes: $(STAMP) ## Compare who is on call at every minute of two years in every zone with a plain definition
	@$(BIN)/python -m tests.unit.domain.every_minute

mutants: $(STAMP) ## Break the engine's core at every place and see who notices (ARGS=bot/domain/ladder.py chooses)
	@$(BIN)/python -m tests.mutation $(ARGS)

soak: $(STAMP) ## Simulate nights for MINUTES=10 on all cores, from SEED= on, and tell what was lost or doubled
	@$(BIN)/python -m tests.simulation soak --minutes $(MINUTES) $(if $(SEED),--first $(SEED)) $(ARGS)

reader: $(STAMP) ## Print how well unknown bots are read (ARGS="FOLDER --labels FILE" measures other messages)
	@$(BIN)/python -m tests.reader $(ARGS)

lint: $(STAMP) ## Check format, rules, types, who imports whom, and the rules of the house
	@echo "format:    ruff format --check" && $(BIN)/ruff format --quiet --check .
	@echo "rules:     ruff check" && $(BIN)/ruff check --quiet .
	@echo "types:     mypy --strict (the first time takes half a minute)" && $(BIN)/mypy
	@echo "contracts: lint-imports" && $(BIN)/lint-imports
	@echo "house:     length of files and functions, and the rest of tests/unit/test_house.py"
	@$(BIN)/pytest -q --no-header tests/unit/test_house.py

format: $(STAMP) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

bench: $(STAMP) ## List the benchmarks, one command per published figure
	@for file in $$(git ls-files 'bench/*.py' | grep -v __init__); do \
	  name=$${file%.py}; echo "  $(BIN)/python -m $${name//\//.}"; \
	done

bench-deps: $(STAMP) ## Add to .venv what the benchmarks compare with and draw with
	@$(UV) sync --locked --python $(PYTHON) --group bench

bench-all: bench-deps ## Measure everything that docs/benchmarks.md publishes, and draw it (25 minutes, idle machine)
	@$(BIN)/python -m bench.all $(ARGS)

pictures: $(STAMP) ## Take the pictures of the README anew (needs Chromium)
	@$(BIN)/python -m docs.pictures.make

clean: ## Remove what these targets made
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

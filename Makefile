# One line each: what a target gives. Everything it installs is pinned in constraints/ with versions and hashes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-virtualenv

.DEFAULT_GOAL := help
.PHONY: help install serve test bench check format compile pure pins clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do printf '%-14s %s\n' "$$target" "$$what"; done

install: $(VENV)/compiled.done ## .venv with .venv/bin/limen
	@echo "$(BIN)/limen is installed"

serve: $(VENV)/compiled.done ## Limen with examples/orders and its backend; Ctrl-C stops both
	@$(BIN)/python examples/orders/serve.py

test: $(VENV)/dev.done $(VENV)/compiled.done ## all checks, then all tests; pytest's closing line comes last
	@$(MAKE) --no-print-directory check; checked=$$?; \
	$(BIN)/python -m pytest -n 2; tested=$$?; \
	exit $$((checked > tested ? checked : tested))

bench: $(VENV)/bench.done $(VENV)/compiled.done ## side by side with nginx and Caddy; SCENARIOS="plain logs" ROUNDS=5 choose
	@$(BIN)/python -m bench $(SCENARIOS) $(if $(ROUNDS),--rounds $(ROUNDS))

check: $(VENV)/dev.done ## format, lint, types, imports
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts this right"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@echo "checks passed: format, lint, types, imports"

format: $(VENV)/dev.done ## put format and simple lint right
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

compile: $(VENV)/compiled.done ## the hot path as machine code; `install` and all others do it too

pure: $(VENV)/runtime.done ## plain Python again, for working on the hot path
	@$(BIN)/python tools/compile_hot_path.py --remove
	@rm -f $(VENV)/compiled.done

RESOLVE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url

pins: $(VENV)/dev.done ## renew constraints/ to the newest versions
	@$(RESOLVE) pyproject.toml --all-extras --group dev -o constraints/dev.txt
	@$(RESOLVE) pyproject.toml --all-extras --group build -c constraints/dev.txt -o constraints/runtime.txt
	@$(RESOLVE) --group bench -c constraints/dev.txt -o constraints/bench.txt
	@! grep -nE '://|--(extra-)?index-url|--find-links' constraints/*.txt

clean: ## remove what make made
	rm -rf $(VENV) build dist bench/.tmp bench/results.json .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find limen -name '*.so' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Limen needs Python 3.11 or newer; \"$(PYTHON)\" is $$($(PYTHON) --version 2>&1 || true)." \
			"Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "python3 -m venv failed (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }

$(VENV)/runtime.done: constraints/runtime.txt pyproject.toml limen/__init__.py | $(VENV)/bin/python
	@echo "installing Limen into $(VENV) ..."
	@$(PIP) --require-hashes -r constraints/runtime.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

HOT := tools/compile_hot_path.py $(shell sed -n 's/^    "\(limen[^"]*\)",/\1/p' tools/compile_hot_path.py)

$(VENV)/compiled.done: $(HOT) $(VENV)/runtime.done
	@echo "compiling the hot path ..."
	@$(BIN)/python tools/compile_hot_path.py
	@touch $@

$(VENV)/dev.done: constraints/dev.txt $(VENV)/runtime.done
	@echo "installing what checks and tests need ..."
	@$(PIP) --require-hashes -r constraints/dev.txt
	@touch $@

$(VENV)/bench.done: constraints/bench.txt $(VENV)/runtime.done
	@echo "installing what the benchmarks need ..."
	@$(PIP) --require-hashes -r constraints/bench.txt
	@touch $@

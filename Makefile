# workfleet: `make` alone shows what can be made.
.DEFAULT_GOAL := help
.PHONY: help demo test attack check fix bench run migration messages lock setup setup-test clean
BIN := .venv/bin
m ?= Describe the change
# One more than there are processors: for a third of its time the suite waits for phones and servers.
WORKERS ?= $(shell expr $$(nproc) + 1)

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

demo: setup ## the main job, end to end, on virtual phones (LANG=zh_CN.UTF-8 for Chinese; ONCE=1 to end after it)
	@$(BIN)/workfleet demo $(if $(ONCE)$(CI),--once)

test: setup-test ## run the test suite (arguments: T="tests/fleet -k rotation")
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(T)

attack: setup-test ## attack it as long as you like: every route, life and parser (EFFORT=20 times the examples)
	@WORKFLEET_EFFORT=$(or $(EFFORT),20) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal \
	  -o timeout=$$((300 * $(or $(EFFORT),20))) $$(grep -rl "tests.effort" tests --include="test_*.py")

check: setup-test ## lint, format, types, import rules, migrations match the tables, catalogue complete
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir .import_linter_cache
	@$(BIN)/python -m migrations check
	@$(BIN)/python scripts/messages.py check

fix: setup-test ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup-test ## measure against the plain way of doing it; prints ratios
	@$(BIN)/python -m tests.bench

run: setup ## a server on this machine, its data below var/
	@test -f var/server/settings.toml || $(BIN)/workfleet server init --home var/server
	@$(BIN)/workfleet server serve --home var/server

migration: setup-test ## draft a revision from the tables (m="Say what changes")
	@$(BIN)/python -m migrations draft "$(m)"

messages: setup-test ## collect sentences into the zh_CN catalogue and compile it
	@$(BIN)/python scripts/messages.py update

lock: setup-test ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --upgrade pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --upgrade pyproject.toml --group dev -o requirements-dev.lock
	printf 'hatchling\neditables\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q -c requirements-dev.lock - -o requirements-build.lock

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

clean: ## remove what was made here
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# SPDX-License-Identifier: Apache-2.0
# `make` alone tells what there is. ARGS="…" is handed to the command: make demo ARGS=--reset

SHELL := /bin/sh
VENV := .venv/bin
BOOTSTRAP := sh .ci/bootstrap
ARGS ?=
# Tests start hundreds of processes: what the first one compiles, the others load. Many images of
# containers switch this off.
check test bench: export PYTHONDONTWRITEBYTECODE :=
# Test files are shared out between this many processes; 0 runs them one after the other. In their
# own order: by the number of their tests, those of few and long ones would come last, and alone.
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo run check test bench docs format translations reference constraints clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## try it: everything, an embedded database, demo people (ARGS=--reset starts anew)
	@$(BOOTSTRAP) demo
	@$(VENV)/python .ci/viewer.py || echo "The viewer of exams could not be built (see above); the rest works without it."
	@exec $(VENV)/sceau demo $(ARGS)

run: ## the server alone, with the configuration that ARGS and the environment name
	@$(BOOTSTRAP) demo
	@exec $(VENV)/sceau run $(ARGS)

check: ## the fast gates: style, imports, types, architecture, templates, translations, unit tests
	@$(BOOTSTRAP) test
	@$(VENV)/python .ci/check.py $(ARGS)

test: ## every test, with browser, databases and foreign clients
	@$(BOOTSTRAP) test
	@$(VENV)/python .ci/viewer.py
	@$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

bench: ## measure, and print the table
	@$(BOOTSTRAP) test
	@$(VENV)/python .ci/viewer.py || echo "The viewer of exams could not be built (see above): it is not measured."
	@$(VENV)/python -m tests.benchmarks $(ARGS)

docs: ## build the documentation into site/
	@$(BOOTSTRAP) docs
	@$(VENV)/python .ci/site.py $(ARGS)

format: ## put the code in its usual form
	@$(BOOTSTRAP) test
	@$(VENV)/ruff check --quiet --fix-only .
	@$(VENV)/ruff format --quiet .

translations: ## extract the sentences of the interface and compile the catalogues
	@$(BOOTSTRAP) test
	@$(VENV)/python .ci/translations.py update

reference: ## write docs/configuration.md anew from the settings
	@$(BOOTSTRAP) demo
	@$(VENV)/python -c "from idp.config.reference import render; print(render(), end='')" > docs/configuration.md.new
	@mv docs/configuration.md.new docs/configuration.md

constraints: ## choose the versions of .ci/constraints.txt anew
	@sh .ci/renew-constraints

clean: ## remove what tools left behind (.venv and var/ stay)
	@rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# `make run` and `make test` need nothing but Python 3.11 or 3.12; `make help` lists the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test check format bench label-studio clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.installed ## install, fetch the weights, bring in the demo shop, open the whole at http://127.0.0.1:8080/
	@$(BIN)/handrail models fetch
	@$(BIN)/handrail-ingest demo
	@$(BIN)/handrail run --customer C-0001

test: $(VENV)/.installed-dev ## the whole test suite, with a real browser, PostgreSQL and Label Studio
	@tests/services/install $(BIN)
	@$(BIN)/handrail models fetch
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## linter, format, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

format: $(VENV)/.installed-dev ## put the code into the house's layout
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed ## measure the chain on this machine
	$(BIN)/handrail bench

label-studio: .label-studio/.installed ## install Label Studio beside Handrail and open it at http://127.0.0.1:8081/
	@deploy/label-studio/start

clean: ## remove what the commands made; the weights stay
	rm -rf $(VENV) .label-studio build *.egg-info var/index var/*.sqlite3*

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
	  || { echo "Handrail needs Python 3.11 or 3.12; name one with make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

.label-studio/.installed: deploy/label-studio/requirements.txt
	@echo "Installing Label Studio in a place of its own; a few minutes and 1 GB of disk"
	@test -x .label-studio/bin/python || $(PYTHON) -m venv .label-studio
	@.label-studio/bin/python -m pip install --disable-pip-version-check --quiet -r deploy/label-studio/requirements.txt
	@touch $@

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing the packages; the first time takes a few minutes and about 2.5 GB of disk"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests and checks need"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[dev]'
	@touch $@

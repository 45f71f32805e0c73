# Two commands to know: `make demo` and `make test`.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
# Bytecode is written when a module is first used: compiling all of it here would double the time of a first run.
PIP := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install install-dev chaos demo demo-kafka test lint types imports unit lock format servers servers-stop

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo '安装依赖（首次约一分钟）……'
	@$(PIP) --require-hashes -r requirements/runtime.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

install: $(VENV)/.runtime ## make the virtual environment
install-dev: $(VENV)/.dev ## the same with what the tests need

demo: install ## run the whole pipeline on the demo exports, then leave the desk open (ARGS=--once: print the summary and exit)
	@$(BIN)/yuqing demo $(ARGS)

test: install-dev lint types imports unit ## everything: lint, types, import law, tests

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install-dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install-dev
	$(BIN)/mypy

imports: install-dev
	$(BIN)/lint-imports --no-cache

unit: install-dev
	$(BIN)/python -m pytest $(ARGS)

demo-kafka: install ## the same demonstration on a real Kafka and a real Elasticsearch of its own (ARGS=--once)
	@$(PYTHON) deploy/native/servers.py start --folder build/demo-servers --kafka-port 0 --elasticsearch-port 0
	@$(BIN)/yuqing demo --servers build/demo-servers $(ARGS); code=$$?; \
	  $(PYTHON) deploy/native/servers.py stop --folder build/demo-servers; exit $$code

chaos: install-dev ## faults on real servers, the long form (ARGS='--mentions N --kills N --down SECONDS')
	$(BIN)/python -m tests.integration.chaos $(ARGS)

servers: ## start a real Kafka and a real Elasticsearch here (ARGS='--folder DIR --kafka-port N --elasticsearch-port N')
	@$(PYTHON) deploy/native/servers.py start $(ARGS)

servers-stop: ## stop them
	@$(PYTHON) deploy/native/servers.py stop $(ARGS)

lock: ## pin every dependency anew
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in -o requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --group dev pyproject.toml requirements/build.in -c requirements/runtime.lock -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --extra train pyproject.toml -c requirements/runtime.lock -o requirements/train.lock

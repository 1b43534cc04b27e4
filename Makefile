# Every command of the house. `make help` lists them; each does its own set-up.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(BIN)/python
# Errors only: pip's notes about its own version and about this machine's package settings are noise here.
PIP := $(PYTHON) -m pip -qq --disable-pip-version-check --no-input
# The tree needs 3.11; PYTHON3=/path/to/python chooses one by hand.
PYTHON3 ?=
CANDIDATES := $(or $(PYTHON3),python3 python3.13 python3.12 python3.11 python3.14 python)

# What to test (a path, -k words), and what to hand to the command behind `demo`, `bench` or `seed`.
T ?=
ARGS ?=

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ── Set-up ────────────────────────────────────────────────────────────────────────────────────────
# Three stamps, each made again only when what it was made from has changed: the environment itself,
# what the product needs at run time (with the embedded servers), and what the checks need besides.

# An environment knows the folder it stands in: one that was moved, copied or broken is made anew.
ifneq ($(shell $(PYTHON) -c 'print(open("$(VENV)/made-in").read())' 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/made-in
endif

$(VENV)/made-in:
	@found=; lame=; \
	for python in $(CANDIDATES); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then found=$$python; break; fi; \
	  lame=$${lame:-$$python}; \
	done; \
	if [ -z "$$found" ] && [ -n "$$lame" ]; then \
	  echo "$$lame cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; \
	elif [ -z "$$found" ]; then \
	  echo "serieswatch needs Python 3.11 or newer, and none of these is one: $(CANDIDATES)." >&2; \
	  echo "Install one, or name it: make PYTHON3=/path/to/python3.12 ..." >&2; exit 1; \
	fi; \
	echo "setup: making $(VENV) with $$("$$found" -V)"; \
	"$$found" -m venv --clear $(VENV)
	@printf '%s' '$(CURDIR)' >$@

$(VENV)/has-run: requirements/demo.txt $(VENV)/made-in
	@echo "setup: installing what the product needs (about 20 s when cached, a minute when not)"
	@$(PIP) install --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/has-dev: requirements/dev.txt $(VENV)/has-run
	@echo "setup: installing what the checks need"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The tree itself, with the build tools just installed: nothing is fetched, edits take effect at once.
$(VENV)/has-tree: pyproject.toml $(VENV)/has-run
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup
setup: $(VENV)/has-dev $(VENV)/has-tree ## Make .venv with everything locked, so that .venv/bin/serieswatch runs
	@:

# ── Running ───────────────────────────────────────────────────────────────────────────────────────

.PHONY: demo
demo: $(VENV)/has-tree ## The bundled newsroom on embedded servers, with the desk; Ctrl-C ends it all
	@$(BIN)/serieswatch demo $(ARGS)

.PHONY: migrate
migrate: $(VENV)/has-tree ## Bring the database of SERIESWATCH_DATABASE_URL to the newest tables
	@$(BIN)/serieswatch migrate $(ARGS)

.PHONY: seed
seed: $(VENV)/has-tree ## Load feeds, tags and series from config/ into that database
	@$(BIN)/serieswatch seed $(ARGS)

# ── Checking ──────────────────────────────────────────────────────────────────────────────────────

.PHONY: lint
lint: setup
	@echo "check: form";      $(BIN)/ruff format --check --quiet . || { \
	  echo "Way out: .venv/bin/ruff format ."; $(BIN)/ruff format --check .; exit 1; }
	@echo "check: rules";     $(BIN)/ruff check --quiet .
	@echo "check: types";     $(BIN)/mypy
	@echo "check: contracts"; $(BIN)/lint-imports --no-logo
	@echo "check: dependencies declared and used"; $(BIN)/deptry .
	@echo "check: spelling";  $(BIN)/codespell

.PHONY: check
check: lint ## Form, rules, types, import contracts, dependencies, spelling, house law (under a minute)
	@$(PYTHON) -m pytest -q tests/law

# Coverage: pipeline/ is complete, branches too, or the run fails (tests/conftest.py says which tests count).
# The line pytest closes with comes last, as that is the one people and machines look for.
.PHONY: test
ifneq ($(strip $(T)),)
test: setup
	@$(PYTHON) -m pytest $(T)
else
test: lint ## The checks, then all tests, a file at a time on every core (T=tests/pipeline: that part alone)
	@set -o pipefail; $(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov=pipeline --cov-report= | tee $(VENV)/last-test
	@$(BIN)/coverage report --fail-under=100 || { \
	  echo "Steps are tested whole: write a test for the lines above, or take them out." >&2; exit 1; }
	@echo "pipeline/ is covered whole, branches too"
	@tail -n 1 $(VENV)/last-test
endif

.PHONY: screenshots
screenshots: setup ## Pictures of every page of the desk, and what is wrong with them (ARGS=DIR)
	@$(PYTHON) -m bench.screenshots $(ARGS)

.PHONY: bench
bench: setup ## Print the benchmark table (ARGS=NAME for one of them)
	@$(PYTHON) -m bench $(ARGS)

# ── Keeping ───────────────────────────────────────────────────────────────────────────────────────
# Each set is locked on top of the one before, so that all three agree, and holds names, versions and
# hashes but no address: where packages come from is the business of the machine that installs them.
# Releases younger than YOUNGEST are passed over: a hijacked one is usually found within days.

YOUNGEST ?= 5 days
UPGRADE ?=
LOCK := build/lock
UV = $(LOCK)/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --exclude-newer '$(YOUNGEST)' --custom-compile-command 'make lock'

.PHONY: lock
lock: $(VENV)/made-in ## Lock what pyproject.toml asks for, keeping versions that fit (UPGRADE=--upgrade: the newest)
	@test -x $(LOCK)/bin/uv || { $(PYTHON) -m venv --clear $(LOCK) && \
	  $(LOCK)/bin/python -m pip -qq --disable-pip-version-check --no-input install 'uv>=0.8'; }
	@$(UV) pyproject.toml -o requirements/run.txt
	@$(UV) pyproject.toml --extra embedded --extra build -c requirements/run.txt -o requirements/demo.txt
	@$(UV) pyproject.toml --extra embedded --extra build --extra dev -c requirements/demo.txt -o requirements/dev.txt
	@$(UV) requirements/bench.in -o requirements/bench.txt
	@$(UV) requirements/flower.in -c requirements/run.txt -o requirements/flower.txt
	@# pip before 24 takes the coverage[toml] that pytest-cov asks for to be another package than a locked coverage.
	@sed -i 's/^coverage==/coverage[toml]==/' requirements/dev.txt
	@if grep -nE '://|^-|@ ' requirements/*.txt; then \
	  echo "an address or an option got into the requirements: see above" >&2; exit 1; fi
	@wc -l requirements/*.txt | sed 's/^/lock: /'

.PHONY: sbom
sbom: setup ## Write the software bill of materials (CycloneDX) of the lock file to build/
	@mkdir -p build && $(PYTHON) -m bench.sbom >build/serieswatch.cdx.json && echo "sbom: build/serieswatch.cdx.json"

# What is known to be vulnerable stands on the web: where it cannot be reached nothing was audited, and that is said.
.PHONY: audit
audit: $(VENV)/made-in ## Look for known vulnerabilities in what is locked (needs the network)
	@test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv --clear build/audit && \
	  build/audit/bin/python -m pip -qq --disable-pip-version-check --no-input install pip-audit; } || { \
	  echo "audit: NOT DONE: pip-audit cannot be installed from here" >&2; exit 1; }
	@build/audit/bin/pip-audit --disable-pip --require-hashes -r requirements/run.txt --progress-spinner off \
	  >build/audit/found 2>&1; code=$$?; cat build/audit/found; \
	  if grep -qE 'could not be audited|Connection|resolve|Max retries|timed out|HTTPError' build/audit/found; then \
	  echo "audit: NOT DONE: the list of vulnerabilities cannot be reached from here" >&2; exit 1; fi; exit $$code

# 创想引擎 (Creation Engine): every job of the project, from a fresh clone.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
UV_VERSION := 0.13.9
RUN := .venv/bin/python
SERVICES := auth generation works stats gateway
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

##@ Use it
run: .venv/.run  ## Start the whole suite on PORT (default 8000), data in DATA_DIR (default .data)
	@exec $(RUN) -m embedded

admin: .venv/.run  ## The operators' command line (docs/operations.md): make admin ARGS="all verify"; USER=name makes an administrator
	@test -n "$(ARGS)" -o "$(origin USER)" = "command line" || { .venv/bin/engine --help; exit 1; }
	@if test -n "$(ARGS)"; then .venv/bin/engine $(ARGS); else .venv/bin/engine auth promote "$(USER)"; fi

##@ Test it
test: check side-by-side e2e faults-short  ## Everything: lint, types, import rules, unit, API, integration, end to end, faults
	@echo "make test: all stages passed"

check: lint types imports audit  ## Lint, types, import rules, known vulnerabilities

lint: .venv/.dev  ## ruff: style and formatting
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: .venv/.dev  ## mypy, strict
	$(RUN) -m mypy libs/common/src infra/embedded/src $(SERVICES:%=services/%/src)

imports: .venv/.dev  ## Who may import whom
	@for p in . $(SERVICES:%=services/%); do .venv/bin/lint-imports --config $$p/pyproject.toml | grep -E 'KEPT|BROKEN|Contracts:|->|No matches' ; test $${PIPESTATUS[0]} -eq 0 || exit 1; done

audit: | $(UV)  ## Known vulnerabilities of the locked dependencies (uv asks osv.dev)
	@said=$$(timeout 60 $(UV) audit --preview-features audit-command --frozen 2>&1); code=$$?; echo "$$said" | tail -20; \
	  if [ $$code -eq 124 ] || { [ $$code -ne 0 ] && grep -q "error sending request" <<<"$$said"; }; then \
	    echo "NOT AUDITED: the advisory database api.osv.dev cannot be reached from here"; else exit $$code; fi

# What shares no server, three at a time, the longest first; each is printed when it has ended.
side-by-side: .venv/.dev servers
	@echo "integration, API and unit tests, three runs at a time; some minutes until the first is printed …"
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target integration api unit

unit: .venv/.dev  ## Pure decisions and functions, no server
	nice $(RUN) -m pytest -q tests/security libs/common/tests/unit $(wildcard services/*/tests/unit) $(wildcard infra/*/tests/unit)

api: api-works api-generation api-rest  ## Each service's real app over a real MongoDB

api-rest: API = auth gateway stats
api-%: API = $*
api-%: .venv/.dev
	nice $(RUN) -m pytest -q $(API:%=services/%/tests/api)

integration: servers integration-common integration-services  ## Shared suites on real MongoDB, RabbitMQ, S3, Valkey and Traefik

integration-common: .venv/.dev
	$(RUN) -m pytest -q libs/common/tests/integration

integration-services: .venv/.dev
	$(RUN) -m pytest -q $(wildcard services/*/tests/integration)

e2e: .venv/.dev servers  ## Journeys through the gateway: in one process, and as containers or separate processes
	@PYTHONPATH=tests/e2e $(RUN) -m choosing
	@echo "both stages side by side; some minutes until the first is printed …"
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target e2e-separate e2e-embedded

e2e-embedded: .venv/.dev
	$(RUN) -m pytest -q tests/e2e -k embedded

e2e-separate: .venv/.dev
	$(RUN) -m pytest -q tests/e2e -k "not embedded"

e2e-containers: .venv/.dev  ## The journeys and the document's table on the services' own images (needs Docker)
	@E2E_STAGES=containers PYTHONPATH=tests/e2e $(RUN) -m choosing
	E2E_STAGES=containers $(RUN) -m pytest -q tests/e2e -k containers

faults-short: .venv/.dev servers  ## Every kind of fault once, each check seen to fail, one neighbour down at a time
	$(RUN) -m pytest -q tests/faults

faults: .venv/.dev servers  ## The long fault run: FAULT_SEED, FAULT_COUNT, FAULT_MINUTES (make faults ARGS=--help)
	PYTHONPATH=tests:tests/e2e $(RUN) -m faults $(ARGS)

check-%: .venv/.dev  ## One service alone: lint, types, import rules, its tests (make check-works)
	$(RUN) -m ruff check services/$*
	$(RUN) -m mypy services/$*/src
	.venv/bin/lint-imports --config services/$*/pyproject.toml
	$(RUN) -m pytest -q services/$*/tests

alerts:  ## Check and try the alert rules; needs promtool (Debian's package prometheus)
	cd infra/prometheus && promtool check config prometheus.yml && promtool test rules alerts_test.yml

servers: .venv/.dev  ## The real servers the tests need; installs RabbitMQ where it may
	@$(RUN) -m common.testing.servers

##@ Run it in containers
up: secrets configured  ## Build and start the suite in containers, wait until it serves (docs/deployment.md)
	docker compose up --build --detach --wait --wait-timeout 600

configured:  # whatever compose misses it says in a sentence
	@test -f .env || test -n "$(AIGC_PROVIDER_CODE)" || { echo "Settings are missing: cp .env.example .env, and fill in what it calls REQUIRED."; exit 1; }
	@docker compose config --quiet

roll-%:  ## A new version of one service in the place of the old, while it serves: make roll-works
	docker compose build $*
	infra/compose/roll.sh $*

down:  ## Stop and remove the containers; data and secrets stay
	docker compose down

images:  ## Build the five images
	docker compose build

secrets:  ## Make the containers' secrets in secrets/, those that are missing
	@$(PYTHON) infra/compose/make_secrets.py

images up roll-%: export REVISION = $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

##@ Measure it
bench: .venv/.dev  ## What things cost against a floor measured in the same run (docs/performance.md)
	$(RUN) bench/append.py
	$(RUN) bench/suite.py
	$(RUN) bench/overhead.py
	$(RUN) bench/tracing.py

##@ Keep it
format: .venv/.dev  ## Rewrite the code in the project's style
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:  ## Remove the environment, caches and test servers' folders (keeps DATA_DIR)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .test-servers
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## This list
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-zA-Z0-9_%-]+:.*##/ {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The project's own environment. uv comes by pip into .tools, everything else by uv into .venv.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "创想引擎 needs Python 3.11 or newer as '$(PYTHON)' (choose another with make PYTHON=python3.12 …)"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "创想引擎 needs pip: $(PYTHON) -m pip does not answer"; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .tools …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .tools uv==$(UV_VERSION)

.venv/.run: uv.lock | $(UV)
	@echo "Installing the suite into .venv …"
	@$(UV) sync --frozen --no-dev --inexact --python $(PYTHON)
	@touch $@

.venv/.dev: uv.lock | $(UV)
	@echo "Installing the suite and its development tools into .venv …"
	@$(UV) sync --frozen --python $(PYTHON)
	@touch $@ .venv/.run

.PHONY: side-by-side integration-common integration-services e2e-embedded e2e-separate faults faults-short alerts audit bench run admin test check lint types imports unit api integration e2e servers format clean help up down images secrets configured e2e-containers

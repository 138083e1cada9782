# What a service's own team needs: `make -C services/works test`. Included by each services/<name>/Makefile.
# A checkout of the service, libs/common, infra/service.mk, pyproject.toml, uv.lock and ruff.toml is enough.
SERVICE := $(notdir $(CURDIR))
ROOT := $(abspath $(CURDIR)/../..)
PYTHON ?= python3
UV := $(ROOT)/.tools/bin/uv
UV_VERSION := 0.13.9
RUN := $(CURDIR)/.venv/bin/python
TAG ?= dev
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
.DEFAULT_GOAL := help

test: .venv/.done  ## Style, types, import rules and the service's own tests
	cd $(ROOT) && $(RUN) -m ruff check services/$(SERVICE)/src services/$(SERVICE)/tests
	cd $(ROOT) && $(RUN) -m mypy services/$(SERVICE)/src
	.venv/bin/lint-imports --config pyproject.toml
	cd $(ROOT) && $(RUN) -m pytest -q services/$(SERVICE)/tests

build:  ## The image creation-engine/<service>:TAG, from this service and libs/common alone
	cd $(ROOT) && tar -c --exclude=__pycache__ pyproject.toml uv.lock libs/common services/$(SERVICE) \
	  | docker build --file services/$(SERVICE)/Dockerfile --tag creation-engine/$(SERVICE):$(TAG) \
	      --build-arg VERSION=$(TAG) --build-arg REVISION=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) -

run: .venv/.done  ## The service's process; its settings come from the environment (make settings)
	exec $(RUN) -m $(SERVICE).main

settings: .venv/.done  ## Every setting, with its meaning and default
	@$(RUN) -m $(SERVICE).main --help

help:  ## This list
	@echo "$(SERVICE): see README.md"
	@awk 'BEGIN {FS = ":.*##"} /^[a-z-]+:.*##/ {printf "  make %-9s %s\n", $$1, $$2}' $(ROOT)/infra/service.mk

.venv/.done: $(ROOT)/uv.lock | $(UV)
	@echo "Installing $(SERVICE) and its development tools into services/$(SERVICE)/.venv …"
	@cd $(ROOT) && $(UV) sync --quiet --frozen --package creation-engine-$(SERVICE) --group dev --python $(PYTHON)
	@touch $@

$(UV):
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target $(ROOT)/.tools uv==$(UV_VERSION)

.PHONY: test build run settings help

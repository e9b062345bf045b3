# make demo    the whole pipeline on a made-up cohort, with the real Nextflow engine, on this machine
# make test    linters, unit tests, the pipeline; under ten minutes on two cores
# Both set everything up themselves: .venv/ (Python packages, locked) and .nextflow-engine/ (Nextflow).
SHELL  := /bin/bash
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export TF_CPP_MIN_LOG_LEVEL := 3

NEXTFLOW      := $(CURDIR)/.nextflow-engine/nextflow
NEXTFLOW_LINT ?=
WORKERS       ?= 2

.PHONY: setup demo test test-slow test-slurm test-containers lint lock images sif clean

setup: .venv/done .nextflow-engine/nextflow

.venv/done: containers/requirements/dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is missing: install Python 3.10 or newer, or name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "error: Python 3.10 to 3.13 is needed, this is $$($(PYTHON) --version); name one: make PYTHON=python3.12" >&2; exit 2; }
	@echo "setting up .venv (about 2.5 GB, one to three minutes) ..."
	@rm -rf .venv && $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r containers/requirements/dev.txt
	@touch $@

.nextflow-engine/nextflow: engine/pom.xml engine/nextflow engine/setup.sh
	@echo "setting up Nextflow ..."
	@bash engine/setup.sh && touch -c $@

demo: setup
	@$(NEXTFLOW) run . -profile demo $(if $(wildcard .nextflow/history),-resume)

test: setup lint
	@python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow" -q

# The full-size model, a killed run, and what else takes minutes; a Slurm cluster of its own; the images, built and used with podman.
test-slow: setup
	@python -m pytest -m "slow and not slurm and not containers" -q

test-slurm: setup
	@python -m pytest tests/slurm -q

test-containers: setup
	@python -m pytest tests/containers -q

lint: setup
	ruff check .
	ruff format --check .
	mypy
	check-jsonschema --check-metaschema nextflow_schema.json
	hadolint containers/*.Containerfile
	$(if $(NEXTFLOW_LINT),$(NEXTFLOW_LINT) .,@echo "nextflow-lint is not here: set NEXTFLOW_LINT to check the .nf files")

# New locks from the .in files, with hashes, for Python 3.10 to 3.13 (needs uv).
lock:
	cd containers/requirements && for part in cpu tf-cpu gpu dev; do \
	  uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate $$part.in -o $$part.txt; done

# The images, by docker or podman: dependencies only. BASE: another Debian 12 base; ARGUMENTS: more flags for the build.
ENGINE    ?= $(shell command -v docker || command -v podman)
REGISTRY  ?= localhost/
BASE      ?= debian:bookworm-slim
VERSION   := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' bin/tcra/__init__.py)
# Where the clone came from, as a label of the images; without a password that the address may hold.
SOURCE    ?= $(or $(shell git config --get remote.origin.url 2>/dev/null | sed 's|//[^/@]*@|//|'),unknown)

images:
	@test -n "$(ENGINE)" || { echo "error: neither docker nor podman is on PATH" >&2; exit 2; }
	for image in cpu tf-cpu gpu; do $(ENGINE) build --build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) --build-arg SOURCE=$(SOURCE) $(ARGUMENTS) \
	  -t $(REGISTRY)tcra-$$image:$(VERSION) -f containers/$$image.Containerfile . || exit 1; done

# The images as files for apptainer or singularity, built without docker or podman.
sif:
	@command -v apptainer >/dev/null || { echo "error: apptainer is not on PATH" >&2; exit 2; }
	mkdir -p images
	for image in cpu tf-cpu gpu; do apptainer build --build-arg BASE=$(BASE) --build-arg VERSION=$(VERSION) --build-arg SOURCE=$(SOURCE) $(ARGUMENTS) \
	  images/tcra-$$image-$(VERSION).sif containers/$$image.def || exit 1; done

clean:
	rm -rf work results .nextflow .nextflow.log*

# make demo    the whole pipeline on a made-up cohort, with the real Nextflow engine, on this machine
# make test    linters, unit tests, the pipeline; under ten minutes on two cores
# Both set everything up themselves: .venv/ (Python packages, locked) and .nextflow-engine/ (Java and Nextflow where they are missing).
# Without make: ./tcra demo, ./tcra test.
SHELL  := /bin/bash
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export TF_CPP_MIN_LOG_LEVEL := 3
export NEXTFLOW_LINT ?=
export WORKERS ?= 2

.PHONY: setup demo test lint test-thorough test-slow test-slurm test-containers fuzz kill audit lock images sif clean

setup demo test lint:
	@$(PYTHON) tcra $@

# What `make test` leaves out to stay under ten minutes; CI runs it.
test-thorough: setup
	@python -m pytest -m "thorough and not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q

# The full-size model, a killed run, and what else takes minutes; a Slurm cluster of its own; the images, built and used with podman.
test-slow: setup
	@python -m pytest -m "slow and not slurm and not containers" -q

test-slurm: setup
	@python -m pytest tests/slurm -q

test-containers: setup
	@python -m pytest tests/containers -q

# Entry scripts on damaged inputs, and stopped at random moments and run again: RUNS times (PIPELINE: kills of the whole demo).
RUNS     ?= 1000
PIPELINE ?= 0
SEED     ?= 1

fuzz: setup
	@nice python -m tests.faults.fuzz --runs $(RUNS) --seed $(SEED)

kill: setup
	@nice python -m tests.faults.kill --runs $(RUNS) --pipeline $(PIPELINE) --seed $(SEED)

# Known vulnerabilities of the locked packages, by pip-audit (needs the network).
audit:
	@test -x .audit/bin/pip-audit || { $(PYTHON) -m venv .audit && .audit/bin/pip install -q --disable-pip-version-check pip-audit==2.10.1; }
	@status=0; for part in cpu tf-cpu gpu dev; do echo "$$part.txt:"; \
	  .audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement containers/requirements/$$part.txt || status=1; done; exit $$status

# New locks from the .in files, with hashes, for Python 3.10 to 3.13 (needs uv).
lock:
	cd containers/requirements && for part in cpu tf-cpu gpu dev; do \
	  uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate $$part.in -o $$part.txt; done
	cd engine && for part in java launcher; do \
	  uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate $$part.in -o $$part.txt; done

# The images, by docker or podman: dependencies only. BASE: another Debian 12 base than the pinned one; ARGUMENTS: more flags for the build.
ENGINE    ?= $(shell command -v docker || command -v podman)
REGISTRY  ?= localhost/
BASE      ?=
VERSION   := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' bin/tcra/__init__.py)
# Where the clone came from, as a label of the images; without a password that the address may hold.
SOURCE    ?= $(or $(shell git config --get remote.origin.url 2>/dev/null | sed 's|//[^/@]*@|//|'),unknown)

images:
	@test -n "$(ENGINE)" || { echo "error: neither docker nor podman is on PATH" >&2; exit 2; }
	for image in cpu tf-cpu gpu; do $(ENGINE) build $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$(VERSION) --build-arg SOURCE=$(SOURCE) $(ARGUMENTS) \
	  -t $(REGISTRY)tcra-$$image:$(VERSION) -f containers/$$image.Containerfile . || exit 1; done

# The images as files for apptainer or singularity, built without docker or podman.
sif:
	@command -v apptainer >/dev/null || { echo "error: apptainer is not on PATH" >&2; exit 2; }
	mkdir -p images
	for image in cpu tf-cpu gpu; do apptainer build $(if $(BASE),--build-arg BASE=$(BASE)) --build-arg VERSION=$(VERSION) --build-arg SOURCE=$(SOURCE) $(ARGUMENTS) \
	  images/tcra-$$image-$(VERSION).sif containers/$$image.def || exit 1; done

clean:
	rm -rf work results .nextflow .nextflow.log*

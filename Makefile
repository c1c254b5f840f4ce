# Everything works from a fresh clone: python3 (3.11 or newer) and make are all it takes.
# make -j is safe; so is make in a folder whose .venv is old: it is renewed where the lock is newer.
PYTHON ?= python3
LOWEST_PYTHON ?= 3.11
JOBS ?= 2
BIN := .venv/bin
LOCK := tools/requirements-dev.txt
EXTRA_LOCK := tools/requirements-extra.txt
EXTRA := .venv-extra
MINUTES ?= 30
SEED ?= 1
PYTEST := $(BIN)/pytest -n $(JOBS)
NOT_FAST := slow or codec or extensive

# No address of an index and no URL goes into the lock: it is the same wherever it is written.
COMPILE := uv pip compile pyproject.toml --extra publish --python-version 3.11 --quiet --no-config \
	--no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := setup
.PHONY: setup help demo format check test test-all docs lock lowest build smoke clean
.PHONY: fuzz fuzz-parsers audit sbom reproducible

setup: .venv/ready  ## make the environment .venv from the lock; plain `make` does this
	@echo "$(BIN) is ready; make help lists the targets"

help:  ## this list
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "make %-13s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/ready  ## write sample media that break the limits, then check, plan and pack them
	@rm -rf demo && mkdir demo
	@printf '\n── sample media ──\n\n' && $(BIN)/python -m fixtures demo/media
	@printf '\n── refprep check demo/media/request.toml ──\n\n'
	@$(BIN)/refprep check demo/media/request.toml || true
	@printf '\n── refprep plan demo/media/request.toml ──\n\n'
	@$(BIN)/refprep plan demo/media/request.toml
	@printf '\n── refprep pack demo/media/request.toml -o demo/bundle ──\n\n'
	@$(BIN)/refprep pack demo/media/request.toml -o demo/bundle
	@printf '\n── demo/bundle/request.json ──\n\n' && cat demo/bundle/request.json

format: .venv/ready  ## format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lint
lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint  ## format, lint, types and the fast tests: less than 30 seconds
	$(PYTEST) -m "not ($(NOT_FAST))"

test: lint  ## format, lint, types and every test but the extensive ones: less than 5 minutes
	$(PYTEST) -m "not extensive"

# It stands on `test`, and make runs a target once: `make test test-all` runs each test once.
test-all: test  ## everything: what `test` runs, then the extensive tests
	$(PYTEST) -m extensive

docs: .venv/ready  ## write the generated pages and schemas in docs/
	$(BIN)/python -m tools.docs

lock: | $(BIN)/uv  ## write the lock anew; UPGRADE=--upgrade takes the newest releases
	$(BIN)/$(COMPILE) --group dev --universal --generate-hashes $(UPGRADE) --output-file $(LOCK)
	$(BIN)/$(COMPILE) --group extra --universal --generate-hashes $(UPGRADE) --constraint $(LOCK) \
		--output-file $(EXTRA_LOCK)

# The floors of pyproject.toml are direct; what they need in turn, and the tools, are today's.
lowest: .venv/ready  ## every test but the extensive ones, with the oldest releases that pyproject.toml admits
	rm -rf .venv-lowest
	$(BIN)/uv venv --quiet --python $(LOWEST_PYTHON) .venv-lowest
	$(BIN)/$(COMPILE) --resolution lowest-direct --output-file .venv-lowest/lowest.txt
	$(BIN)/uv pip install --quiet --python .venv-lowest --constraint .venv-lowest/lowest.txt \
		--group dev --editable '.[publish]'
	.venv-lowest/bin/pytest -n $(JOBS) -m "not extensive"

build: .venv/ready  ## build the sdist and the wheel in dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

# As a user has it: a new environment, the newest dependencies, and none of this folder's code.
smoke: build  ## install the wheel, then the sdist, each in a clean environment, and pack a bundle with it
	rm -rf .smoke
	for package in dist/*.whl dist/*.tar.gz; do \
		$(PYTHON) -m venv --clear .smoke/venv && rm -rf .smoke/media .smoke/bundle \
		&& .smoke/venv/bin/python -m pip install --quiet --disable-pip-version-check $$package \
		&& $(BIN)/python -m fixtures .smoke/media \
		&& (cd .smoke && venv/bin/refprep pack media/request.toml -o bundle && venv/bin/refprep verify bundle) \
		|| exit 1; \
	done

# FOLDER keeps each failing file with the seed and index that make it again.
fuzz: $(EXTRA)/ready  ## mutated files of every format for MINUTES=30 with SEED=1 on JOBS=2; prints figures
	$(EXTRA)/bin/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED) --jobs $(JOBS) --folder fuzz-failures

fuzz-parsers: $(EXTRA)/ready  ## refprep's own parsers with atheris, guided by coverage, for MINUTES=30 in all
	$(EXTRA)/bin/python -m tests.fuzz.coverage all --minutes $(MINUTES) --seed $(SEED)

audit: $(EXTRA)/ready  ## look the lock up in a database of vulnerabilities, where one can be reached
	$(EXTRA)/bin/python -m tools.audit

sbom: $(EXTRA)/ready  ## write dist/sbom.json: every package of the lock, as CycloneDX
	@mkdir -p dist
	$(EXTRA)/bin/python -W ignore -m cyclonedx_py requirements $(LOCK) --pyproject pyproject.toml \
		--mc-type library --output-reproducible --of JSON -o dist/sbom.json

reproducible: .venv/ready  ## build wheel and sdist twice, in two places, and compare their hashes
	$(BIN)/python -m tools.reproducible

clean:  ## remove all that make has written, but not the docs
	rm -rf .venv .venv-lowest $(EXTRA) fuzz-failures .smoke demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The lock is written by the uv that is there, so that one which cannot be installed can be replaced.
$(BIN)/uv:
	@$(MAKE) --no-print-directory .venv/ready

# Nothing is downloaded that the lock does not name: the build backend is a part of it.
.venv/ready: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "refprep needs Python 3.11 or newer; say make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(EXTRA)/ready: pyproject.toml $(LOCK) $(EXTRA_LOCK)
	$(PYTHON) -m venv $(EXTRA)
	$(EXTRA)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(EXTRA_LOCK)
	$(EXTRA)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(EXTRA)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

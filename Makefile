# Everything works from a fresh clone: python3 (3.11 or newer) and make are all it takes.
PYTHON ?= python3
BIN := .venv/bin
SPINE := tests/rules tests/planning tests/test_limits.py tests/test_source.py tests/test_request.py \
	tests/test_envelope.py tests/test_house.py

.PHONY: demo test check clean

demo: .venv/ready  ## make sample media that break the envelope, then check, plan and pack them
	@rm -rf demo && mkdir demo
	@printf '\n── sample media ──\n\n' && $(BIN)/python -m fixtures demo/media
	@printf '\n── refprep check demo/media/request.toml ──\n\n'
	@$(BIN)/refprep check demo/media/request.toml || true
	@printf '\n── refprep plan demo/media/request.toml ──\n\n'
	@$(BIN)/refprep plan demo/media/request.toml
	@printf '\n── refprep pack demo/media/request.toml -o demo/bundle ──\n\n'
	@$(BIN)/refprep pack demo/media/request.toml -o demo/bundle
	@printf '\n── demo/bundle/request.json ──\n\n' && cat demo/bundle/request.json

test: .venv/ready  ## format, lint, strict types, every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2

check: .venv/ready  ## the same without the tests that decode and encode: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 $(SPINE)

clean:
	rm -rf .venv demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "refprep needs Python 3.11 or newer; say make PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

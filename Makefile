VENV ?= .venv
PYTHON ?= python3

.PHONY: test lint bench

test: $(VENV)/installed
	$(VENV)/bin/pytest

lint: $(VENV)/installed
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

# An installed wheel with its .pyc files: running the working tree would measure something else.
bench:
	$(PYTHON) -m venv --clear build/bench
	build/bench/bin/pip install -q .
	env -u PYTHONDONTWRITEBYTECODE build/bench/bin/python benchmarks/run.py --tk build/bench/bin/tk

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -e '.[test]'
	touch $@

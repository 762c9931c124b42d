VENV ?= .venv
PYTHON ?= python3

.PHONY: test coverage torture lint bench bench-budgets bench-peers docs

test: $(VENV)/installed
	$(VENV)/bin/pytest

# Lines and branches that the tests reach, in every process that they start; without those that start thousands of them.
coverage: $(VENV)/installed
	$(VENV)/bin/pip install -q 'coverage>=7.10'
	mkdir -p build/coverage && rm -f build/coverage/*
	-$(VENV)/bin/coverage run -m pytest -m 'not slow' --ignore tests/torture --ignore tests/test_guard.py \
	    --ignore tests/files_backend/test_crowd.py --ignore tests/files_backend/test_kills.py \
	    --ignore tests/acceptance/test_concurrency.py --ignore tests/acceptance/test_durable.py \
	    --ignore tests/acceptance/test_exclusive_claim.py
	$(VENV)/bin/coverage combine -q
	$(VENV)/bin/coverage report --skip-covered

# The full size of tests/torture and of all that has one, and what it counted: kills survived, events checked, steps of
# the state machine.
torture: $(VENV)/installed
	mkdir -p build && rm -f build/torture
	TK_TEST_TORTURE=full TK_TEST_TALLY=$(CURDIR)/build/torture $(VENV)/bin/pytest tests/torture \
	    $$(grep -rlE '^from tests.torture import sizes|^from tests.torture.sizes import' tests --include='test_*.py' | grep -v ^tests/torture/)
	$(PYTHON) tests/torture/tally.py build/torture

lint: $(VENV)/installed
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

# An installed wheel with its .pyc files: running the working tree would measure something else.
bench: bench-budgets bench-peers

bench-budgets: build/bench/installed
	env -u PYTHONDONTWRITEBYTECODE build/bench/bin/python benchmarks/run.py --tk build/bench/bin/tk

# tk beside the other trackers that are on PATH; benchmarks/README.md says which.
bench-peers: build/bench/installed
	env -u PYTHONDONTWRITEBYTECODE build/bench/bin/python benchmarks/beside.py --tk build/bench/bin/tk

.PHONY: build/bench/installed
build/bench/installed:
	$(PYTHON) -m venv --clear build/bench
	build/bench/bin/pip install -q .

# docs/cli.md and docs/api.md, which are committed, and the manual pages, which the wheel brings: look at those with
# `man build/man/tk.1`.
docs:
	$(PYTHON) -m bd_py.cli.reference docs/cli.md build/man
	$(PYTHON) -m bd_py.store.reference docs/api.md

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q -e '.[test]'
	touch $@

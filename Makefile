# Two commands for users: `make demo` and `make test`. `make check` is what a change must pass; `make bench` measures.
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= python3

.PHONY: demo test check bench clean

$(VENV)/.run: setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make PYTHON=python3.12 …")'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet -e .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PY) -m pip install --quiet -e '.[test,browser]'
	touch $@

$(VENV)/.check: $(VENV)/.test
	$(PY) -m pip install --quiet -e '.[test,browser,check]'
	touch $@

# The peers that ours are measured beside; nothing else needs them.
$(VENV)/.bench: $(VENV)/.test
	$(PY) -m pip install --quiet -e '.[bench]'
	touch $@

demo: $(VENV)/.run
	$(VENV)/bin/fazhi demo -o demo

test: $(VENV)/.test
	$(PY) -m pytest

check: $(VENV)/.check
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright
	$(PY) -m tests.quality_floor

bench: $(VENV)/.bench
	$(PY) -m tests.bench

clean:
	rm -rf $(VENV) build dist demo *.egg-info

# make run: everything from nothing to the page. make test: the same, and all tests.
# Linux without a GPU: make run TORCH_INDEX=<address of PyTorch's CPU builds>, see README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=

.PHONY: run test check format bench screenshot clean

run: $(VENV)/run.stamp
	$(BIN)/streamlit run app.py

test: check
	$(BIN)/python -m pytest

check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

screenshot: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.screenshot

$(VENV)/run.stamp: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "attnviz needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --index-url $(TORCH_INDEX) $$(grep '^torch==' requirements.txt))
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV)

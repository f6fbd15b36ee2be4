# `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PREFIX ?= /usr/local
prefix = $(DESTDIR)$(abspath $(PREFIX))
SWIFT ?= swift

# The Swift runtime goes into the binary, and the toolchain's own folder stays out of its search path.
release := -c release --static-swift-stdlib --disable-local-rpath
sources := Sources Tests Package.swift
binary := .build/release/pulih
# Suites whose runs wait for something that the test does meanwhile, or for a server that answers slowly when hundreds ask:
# among all others they would wait for their turn.
patient := PulihFlowTests\.(Postgres(Retry|Trouble|Lock)|Stop|StopPlace|Fencing|Lease|Limit|Place(Crash|Return)?)Tests|PulihObjectsTests|CrashTests/ofTwoRuns
KILLS ?= 500
# Which tests of the matrix.
CELLS ?= PulihFaultTests
SECONDS ?= 60

.PHONY: help bootstrap build test fault matrix kills fuzz demo accept bench format lint install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## install what is missing for a build (apt packages, DuckDB)
	@scripts/bootstrap

build: bootstrap ## release build: .build/release/pulih
	$(SWIFT) build $(release) --product pulih

test: ## unit tests on real servers, then every scripts/test-*
	@scripts/bootstrap --test
	$(SWIFT) test --skip 'PulihFaultTests|$(patient)'
	$(SWIFT) test --skip-build --no-parallel --filter '$(patient)'
	PULIH_TEST_POSTGRES=18 $(SWIFT) test --skip-build --filter 'Postgres.*Tests|Warehouse.*Tests|ProcedureTests'
	@set -e; for hook in scripts/test-*; do \
	    [[ ! -x $$hook ]] || { echo "$$hook"; "$$hook"; }; done

fault: matrix kills ## everything that can break, compared with uninterrupted runs: the matrix, then the kills

matrix: build ## every failpoint x fault x place
	@scripts/bootstrap --test
	PULIH=$(CURDIR)/$(binary) $(SWIFT) test --filter '$(CELLS)'

kills: build ## KILLS=500 random kills of the release binary
	@scripts/bootstrap --test
	$(SWIFT) build $(release) --product pulih-fault
	.build/release/pulih-fault --kills $(KILLS)

fuzz: build ## SECONDS=60 of libFuzzer for each reader, and of damage to files through the whole landing
	scripts/fuzz $(SECONDS)

demo: build ## a batch from dirty files to gold tables, in a folder of its own
	scripts/demo

accept: build ## the real files of ../shared/data against the figures expected of them
	scripts/accept

bench: build ## seconds, memory and cost per file
	scripts/bench

format: ## rewrite the sources in the agreed format
	$(SWIFT) format -i -r $(sources)

lint: ## strict format check, and the arrows between the modules
	$(SWIFT) format lint -r --strict $(sources)
	scripts/check-imports

install: build ## install under PREFIX (default /usr/local); DESTDIR is honoured
	install -d $(prefix)/bin $(prefix)/lib/pulih
	install -m 755 $(binary) $(prefix)/bin/pulih
	install -m 755 .deps/lib/libduckdb.so .deps/lib/libpulih_pystub.so $(prefix)/lib/pulih/
	@set -e; if [[ -d examples ]]; then \
	    install -d $(prefix)/share/pulih; \
	    rm -rf $(prefix)/share/pulih/examples; \
	    cp -R examples $(prefix)/share/pulih/examples; fi
	@cd / && env -i $(prefix)/bin/pulih --help >/dev/null && echo "installed and running: $(prefix)/bin/pulih"

clean: ## remove what was built; .deps stays
	rm -rf .build .build-*

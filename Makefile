# Every target works in a fresh clone with Go alone, as root and as an ordinary user.
GO ?= go
TESTFLAGS ?=
COMPATFLAGS ?=
BENCHFLAGS ?=

.PHONY: help build test demo ci compat fmt lint bench-profile bench-seed bench-logs accuracy
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/pgassay
	$(GO) build -trimpath -o bin/pgassay ./cmd/pgassay

test: ## run every test, PostgreSQL included; nothing needs to be started
	$(GO) run ./internal/pgtest/withserver $(GO) test $(TESTFLAGS) ./...

demo: build ## the main job on a real PostgreSQL: schema, seed, load, capture, analyse, profile, findings
	bin/pgassay demo

bench-profile: build ## profile top against go tool pprof -top on a 10 MB profile: time and memory
	@$(GO) run ./profile/testdata/bench bin/pgassay

bench-seed: build ## seed against psql \copy of the same rows; BENCHFLAGS=-quick leaves out the slow rivals
	@$(GO) run ./seed/bench $(BENCHFLAGS) bin/pgassay

bench-logs: ## read 1 GB logs of each format, beside pgbadger
	@$(GO) run ./analyze/workload/benchlogs $(BENCHFLAGS)

compat: ## fill every schema of a folder: make compat DIR=…
	@$(GO) run ./seed/compat $(COMPATFLAGS) $(DIR)

fmt: ## format the code
	$(GO) tool gofumpt -w .

accuracy: ## precision and recall of the rules of analyze, on a corpus labelled before they ran
	$(GO) run ./analyze/accuracy

lint: ## what CI checks besides the tests
	@test -z "$$($(GO) tool gofumpt -l .)" || { echo "not formatted (run make fmt):"; $(GO) tool gofumpt -l .; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) fix -diff ./...

ci: lint ## what CI runs
	$(MAKE) test TESTFLAGS="-race -shuffle=on"
	$(MAKE) demo


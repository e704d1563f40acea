# Durbeen. `make` alone lists the rules; the first two are all that a newcomer needs.

SHELL   := /bin/sh
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
# Packagers stage the installation: make install DESTDIR=debian/durbeen PREFIX=/usr
DESTDIR    ?=

# The libraries that durbeen is built on, and what a bare Debian 12 with Swift lacks to build it.
PACKAGES := pkg-config libcurl4-openssl-dev libxml2-dev libsqlite3-dev libtomlplusplus-dev libicu-dev libstemmer-dev \
            libssl-dev libstdc++-12-dev ca-certificates make
# More packages, for one call: make setup EXTRA=systemd
EXTRA ?=

# An import that Package.swift does not state is an error, as is every warning (Package.swift says so itself).
SWIFT_FLAGS := --explicit-target-dependency-import-check error
SOURCES     := Package.swift Sources Tests Benchmarks Fuzz
# How long `make fuzz` spends on each target.
FUZZ_SECONDS ?= 600
# How long `make soak` runs.
SOAK_SECONDS ?= 600
# What `make release` makes, in a folder of its own: its flags would have everything compiled anew by `make build`.
RELEASE     := .build/static/release/durbeen

# Keeps libdispatch from writing about thread priorities where it may not set them.
export LIBDISPATCH_LOG := NO

.DEFAULT_GOAL := help
.PHONY: help demo test setup build release install check-unit lint format sanitize fuzz torture soak clean

help: ## this list
	@echo "make RULE, where RULE is one of"
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: setup ## build, poll the sample feeds on this machine and show the digest; run it twice
	@MAKE="$(MAKE)" Examples/demo.sh

test: setup ## build and run every test
	swift test $(SWIFT_FLAGS)

setup: ## install through apt what is missing to build and test (asks sudo if you are not root)
	@command -v swift >/dev/null 2>&1 || { \
	  echo "make: swift: not found; install Swift 6.2 or later from https://www.swift.org/install/linux/" >&2; exit 69; }
	@command -v dpkg-query >/dev/null 2>&1 || { \
	  echo "make: this is no Debian; please see to what these packages hold: $(PACKAGES) $(EXTRA)" >&2; exit 0; }; \
	missing=; \
	for package in $(PACKAGES) $(EXTRA); do \
	  case "$$(dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null)" in \
	    installed) ;; \
	    *) missing="$$missing $$package" ;; \
	  esac; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	sudo=; \
	if [ "$$(id -u)" -ne 0 ]; then \
	  sudo=sudo; \
	  command -v sudo >/dev/null 2>&1 || { \
	    echo "make: needed and missing:$$missing; run as root: apt-get install --no-install-recommends$$missing" >&2; \
	    exit 69; }; \
	fi; \
	echo "Installing through apt$${sudo:+, with sudo}:$$missing"; \
	log=$$(mktemp); \
	if $$sudo apt-get update >"$$log" 2>&1 \
	  && $$sudo env DEBIAN_FRONTEND=noninteractive \
	       apt-get install -y --no-install-recommends $$missing >>"$$log" 2>&1 </dev/null; \
	then rm -f "$$log"; \
	else echo "make: apt-get failed:" >&2; tail -n 20 "$$log" >&2; rm -f "$$log"; exit 69; fi

# One product after the other, so that neither benchmarks nor test support are compiled for it.
build: ## release build of durbeen and the server of the sample feeds
	swift build -c release $(SWIFT_FLAGS) --product durbeen
	swift build -c release $(SWIFT_FLAGS) --product sample-feeds

release: ## the program to ship: Swift's library linked in, symbols stripped
	swift build -c release $(SWIFT_FLAGS) --static-swift-stdlib -Xlinker -s --product durbeen --scratch-path .build/static
	@ls -l $(RELEASE)

# Installs what `make release` built, so that root need not compile. Files that the administrator may have changed are
# kept: if they differ, the new one is put beside them as FILE.new.
install: ## install what `make release` built (DESTDIR, PREFIX, SYSCONFDIR)
	@test -x $(RELEASE) || { echo "make: nothing to install yet; first: make release" >&2; exit 66; }
	install -D -m 0755 $(RELEASE) "$(DESTDIR)$(PREFIX)/bin/durbeen"
	install -D -m 0644 README.md "$(DESTDIR)$(PREFIX)/share/doc/durbeen/README.md"
	install -D -m 0644 systemd/sendmail.conf.example "$(DESTDIR)$(PREFIX)/share/doc/durbeen/sendmail.conf.example"
	install -d -m 0755 "$(DESTDIR)$(PREFIX)/share/man/man1" "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	$(RELEASE) --manual > "$(DESTDIR)$(PREFIX)/share/man/man1/durbeen.1"
	chmod 0644 "$(DESTDIR)$(PREFIX)/share/man/man1/durbeen.1"
	install -D -m 0644 docs/man/durbeen.watch.5 "$(DESTDIR)$(PREFIX)/share/man/man5/durbeen.watch.5"
	sed -e 's|/usr/bin/durbeen|$(PREFIX)/bin/durbeen|; s|/usr/share/|$(PREFIX)/share/|' \
	  -e 's|/etc/durbeen|$(SYSCONFDIR)/durbeen|' systemd/durbeen.service \
	  > "$(DESTDIR)$(PREFIX)/lib/systemd/system/durbeen.service"
	chmod 0644 "$(DESTDIR)$(PREFIX)/lib/systemd/system/durbeen.service"
	@for file in durbeen.toml feeds.opml relevance.model $$(cd config && find watchlists -name '*.watch' | sort); do \
	  target="$(DESTDIR)$(SYSCONFDIR)/durbeen/$$file"; \
	  if [ ! -e "$$target" ]; then \
	    install -D -m 0644 "config/$$file" "$$target" && echo "installed $$target"; \
	  elif ! cmp -s "config/$$file" "$$target"; then \
	    install -m 0644 "config/$$file" "$$target.new" && echo "kept $$target; the new one is $$target.new"; \
	  fi || exit 1; \
	done
	@test -n "$(DESTDIR)" || echo "Next: edit $(SYSCONFDIR)/durbeen/durbeen.toml, then: durbeen check && systemctl enable --now durbeen"

# verify wants the program to exist; /bin/true stands in for it. 13 is an exposure of 1.3.
check-unit: ## check the systemd unit: correct, and an exposure of at most 1.3
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	sed 's|/usr/bin/durbeen|/bin/true|' systemd/durbeen.service > "$$folder/durbeen.service" && \
	systemd-analyze verify "$$folder/durbeen.service" && \
	systemd-analyze security --offline=true --threshold=13 systemd/durbeen.service > "$$folder/report" \
	  || { tail -n 1 "$$folder/report" 2>/dev/null; exit 1; }; \
	tail -n 1 "$$folder/report"

lint: ## check the layout of the sources
	swift format lint --strict -r $(SOURCES)

format: ## lay out the sources
	swift format -i -r $(SOURCES)

# Backtraces are off: a crash under the address sanitizer can hang in them.
sanitize: setup ## run the tests under the address and the thread sanitizer (slow)
	SWIFT_BACKTRACE=enable=no swift test $(SWIFT_FLAGS) --sanitize address --scratch-path .build/address
	SWIFT_BACKTRACE=enable=no swift test $(SWIFT_FLAGS) --sanitize thread --scratch-path .build/thread

# Kills the program at every single call that leaves a trace, and fails every one (Tests/EndToEndTests/KillTests.swift).
torture: setup ## disturb the program at every call that leaves a trace (some minutes)
	DURBEEN_TORTURE=1 swift test $(SWIFT_FLAGS) --filter KillTests
	python3 Tests/Tools/torture.py .build/debug/durbeen 200

# 2,000 feeds, each due every 20 seconds, some of them hostile, and a reload every 20 seconds.
soak: build ## months in minutes: memory, descriptors, threads and the log must not grow (SOAK_SECONDS)
	python3 Tests/Tools/soak.py .build/release/durbeen --seconds $(SOAK_SECONDS)

hostile: build ## 350 hostile feeds beside 500 good ones: time, memory, descriptors
	swift build -c release $(SWIFT_FLAGS) --product hostile-feeds
	python3 Tests/Tools/hostile_run.py .build/release/durbeen .build/release/hostile-feeds

.PHONY: hostile check-mail check-http2 check-rebinding check-pages
check-mail: ## send digests through Postfix and Dovecot on this machine (root; apt-get install postfix dovecot-lmtpd)
	swift build $(SWIFT_FLAGS) --product durbeen
	Tests/Tools/real-mail-servers.sh .build/debug/durbeen

check-http2: ## poll feeds over HTTP/2 from nginx on this machine (apt-get install nginx-light)
	swift build $(SWIFT_FLAGS) --product durbeen
	Tests/Tools/http2-server.sh .build/debug/durbeen

check-rebinding: ## poll names whose addresses turn out to be inside, in a network of its own (root; apt-get install iproute2)
	swift build $(SWIFT_FLAGS) --product durbeen
	Tests/Tools/rebinding.py .build/debug/durbeen

# AXE=axe.min.js also checks accessibility; PyPI's axe-selenium-python has one.
check-pages: ## open the demo's pages in headless Chromium: links, search, console (apt-get install chromium)
	python3 Tests/Tools/check-pages.py .demo/digests $(if $(AXE),--axe $(AXE))

fuzz: setup ## fuzz what reads feeds, dates, HTML, OPML, watchlists and configurations, and what writes mail, under the address sanitizer (FUZZ_SECONDS each)
	Fuzz/run.sh .build/fuzz $(FUZZ_SECONDS)

clean: ## remove what was built and the demo's folder
	rm -rf .build .demo

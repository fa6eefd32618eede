# SPDX-License-Identifier: GPL-3.0-or-later
#
# make            build/likesync, build/likesync-worker, build/likesync-web,
#                 build/likesync-telegram
# make demo       the main job on real input, no account needed
# make check      everything that is tested, installing what tests need
# make torture    kills and faults at every step: an hour
# make mutants    breaks the program on purpose, and reports what no test notices
# make bench      figures, as ratios side by side
# make bench-analysis   how true and how costly analysis is, beside other tools'
#                 on rendered music; TRACKS=24 SEED=1
# make fuzz       a minute of made-up input for each reader of outside bytes
# make install    DESTDIR, prefix, bindir, libexecdir, mandir, docdir
# make install-system   units, cron line, account, sample: for the whole machine
# make deb        the Debian package, in build/deb
# make check-deb  puts it through its life in a Debian of its own
# make check-others      builds the RPM, the Arch package and the container
# make check-manifests   Kubernetes' schemas and shellcheck over packaging/
# make check-monitoring  rules and dashboard, against a real Prometheus
# make check-exports     exports, read by Mixxx on a screen of its own
# make check-page        the web page, with axe-core as well

VERSION   = 0.1.0
prefix    ?= /usr/local
bindir    ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
mandir    ?= $(prefix)/share/man
docdir    ?= $(prefix)/share/doc/likesync
sysconfdir ?= /etc
unitdir   ?= $(prefix)/lib/systemd/system
sysusersdir ?= /usr/lib/sysusers.d
tmpfilesdir ?= /usr/lib/tmpfiles.d
bashdir   ?= $(prefix)/share/bash-completion/completions
zshdir    ?= $(prefix)/share/zsh/site-functions
fishdir   ?= $(prefix)/share/fish/vendor_completions.d

BUILD     ?= build
CC        ?= cc
CXX       ?= c++
PKGCONFIG ?= pkg-config
PYTHON    ?= /usr/bin/python3
MACHINE   := $(shell $(CC) -dumpmachine)
CFLAGS    ?= -O2 -g
CXXFLAGS  ?= -O2 -g
WERROR    ?=
SANITIZE  ?=

WARN      = -Wall -Wextra -Wshadow -Wconversion $(WERROR)
HARDEN    = -fstack-protector-strong -fstack-clash-protection -fPIE \
	    $(if $(filter x86_64-%,$(MACHINE)),-fcf-protection)
FORTIFY   = $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
LDHARDEN  = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
CPPBASE   = -Iagent -I$(BUILD)/made -D_GNU_SOURCE -DLIKESYNC_VERSION='"$(VERSION)"' \
	    -DLIKESYNC_WORKER='"$(libexecdir)/likesync-worker"' \
	    -DLIKESYNC_PROGRAM='"$(bindir)/likesync"' \
	    -DLIKESYNC_LIBEXEC='"$(libexecdir)"'

AGENT_PKGS  = libcurl yajl libarchive libcrypto libutf8proc libxxhash libxml-2.0 \
	      libplist-2.0 lmdb
WORKER_PKGS = libavformat libavcodec libavutil fftw3f libebur128 \
	      taglib libseccomp libchromaprint yajl libcrypto libutf8proc

# libcsv and uthash come without pkg-config files.
AGENT_LIBS  := $(shell $(PKGCONFIG) --libs $(AGENT_PKGS) 2>/dev/null) -lcsv -lm
WORKER_LIBS := $(shell $(PKGCONFIG) --libs $(WORKER_PKGS) 2>/dev/null) -lm
# As system headers: their warnings are not ours.
PKG_CFLAGS  := $(patsubst -I%,-isystem %,$(shell $(PKGCONFIG) --cflags $(AGENT_PKGS) $(WORKER_PKGS) \
	       2>/dev/null))

# The worker is everything below agent/worker; the web program agent/web with
# config/, records/ and report/; base/ and types/ are shared; the rest is the agent, which
# never links a decoder.
WORKER_SRC  := $(wildcard agent/worker/*.c agent/worker/*/*.c)
WORKER_CXX  := $(wildcard agent/worker/*/*.cc)
WEB_SRC     := $(wildcard agent/web/*.c agent/config/*.c \
	       agent/records/*.c agent/report/*.c)
SHARED_SRC  := $(wildcard agent/base/*.c agent/types/*.c)
AGENT_SRC   := $(filter-out $(WORKER_SRC) $(SHARED_SRC) agent/web/%,\
	       $(wildcard agent/*/*.c agent/*/*/*.c))

obj = $(patsubst agent/%,$(BUILD)/obj/%.o,$(1))
UNIT_SRC  := $(wildcard tests/unit/test_*.c)
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
# Unit tests of what only the worker links.
WORKER_UNIT := $(addprefix $(BUILD)/unit/,$(basename $(notdir \
	       $(wildcard tests/unit/test_worker_*.c))))
# And of the web program.
WEB_UNIT    := $(addprefix $(BUILD)/unit/,$(basename $(notdir \
	       $(wildcard tests/unit/test_web_*.c))))

ALL_CFLAGS   = -std=c11 $(CPPBASE) $(PKG_CFLAGS) $(WARN) $(HARDEN) $(FORTIFY) \
	       $(SANITIZE) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP
ALL_CXXFLAGS = -std=c++17 $(CPPBASE) $(PKG_CFLAGS) $(WARN) $(HARDEN) \
	       $(FORTIFY) $(SANITIZE) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP
ALL_LDFLAGS  = $(LDHARDEN) $(SANITIZE) $(LDFLAGS) -pthread

all: $(BUILD)/likesync $(BUILD)/likesync-worker $(BUILD)/likesync-web \
    $(BUILD)/likesync-archive $(BUILD)/likesync-telegram

$(BUILD)/likesync: $(call obj,agent/main.c) $(BUILD)/libagent.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

$(BUILD)/likesync-worker: $(call obj,agent/worker/main.c) $(BUILD)/libworker.a
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(WORKER_LIBS)

$(BUILD)/likesync-web: $(call obj,agent/web/main.c) $(BUILD)/libweb.a
	$(CC) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $^ $(AGENT_LIBS)

$(BUILD)/likesync-archive: agent/sources/exec/archive.py
	@mkdir -p $(@D)
	install -m 755 $< $@

# Python, all modules in one file: it can read no other of likesync's.
TELEGRAM  := $(wildcard agent/sources/telegram/*.py)
$(BUILD)/likesync-telegram: $(TELEGRAM)
	@rm -rf $(BUILD)/telegram
	@mkdir -p $(BUILD)/telegram/likesync_telegram
	cp $(filter-out %/__main__.py,$^) $(BUILD)/telegram/likesync_telegram/
	cp $(filter %/__main__.py,$^) $(BUILD)/telegram/
	echo 'VERSION = "$(VERSION)"' > \
	    $(BUILD)/telegram/likesync_telegram/version.py
	find $(BUILD)/telegram -exec touch -d 2000-01-01T00:00Z {} +
	TZ=UTC $(PYTHON) -m zipapp -c -p '/usr/bin/python3 -I' -o $@ \
	    $(BUILD)/telegram
	chmod 755 $@

$(BUILD)/libweb.a: $(call obj,$(filter-out agent/web/main.c,$(WEB_SRC)) \
    $(SHARED_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libagent.a: $(call obj,$(AGENT_SRC) $(SHARED_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libworker.a: $(call obj,$(WORKER_SRC) $(WORKER_CXX) $(SHARED_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/obj/%.c.o: agent/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.cc.o: agent/%.cc
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) -c -o $@ $<

# A text as lines of a C string, for pages that carry their own style and script.
$(BUILD)/made/%.h: agent/%
	@mkdir -p $(@D)
	sed 's/[\\"]/\\&/g; s/^\t*//; s/.*/"&\\n"/' $< > $@

$(call obj,agent/report/page.c): $(BUILD)/made/report/page.css.h \
	$(BUILD)/made/report/page.js.h
$(call obj,agent/web/pages.c): $(BUILD)/made/web/page.css.h \
	$(BUILD)/made/web/page.js.h $(BUILD)/made/web/page.html.h

# Functions that a unit test has its own of, between two of ours.
WRAP_test_acoustid = clock_mono_ms clock_sleep_ms
WRAP_test_log = openlog syslog __syslog_chk clock_mono_ms
WRAP_test_fetcher = folder_source ytdlp_source clock_mono_ms clock_sleep_ms
WRAP_test_session = clock_wall clock_sleep_ms
WRAP_test_verify = acoustid_lookup

$(filter-out $(WORKER_UNIT) $(WEB_UNIT),$(UNIT)): $(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libagent.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Itests/unit \
	    $(WRAP_$*:%=-Wl,--wrap=%) -o $@ $< \
	    $(BUILD)/libagent.a $(AGENT_LIBS) -lcmocka

$(WEB_UNIT): $(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libweb.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Itests/unit -o $@ $< \
	    $(BUILD)/libweb.a $(AGENT_LIBS) -lcmocka

$(WORKER_UNIT): $(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libworker.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/unit -c -o $@.o $<
	$(CXX) $(ALL_LDFLAGS) -o $@ $@.o $(BUILD)/libworker.a $(WORKER_LIBS) -lcmocka

# What the tests of kills and faults need beside the programs.
faults: $(BUILD)/shim.so $(BUILD)/dump-index

$(BUILD)/shim.so: tests/faults/shim.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/dump-index: tests/faults/dump.c $(BUILD)/libagent.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

unit: $(UNIT)
unit-%: $(BUILD)/unit/test_%
	cd tests/unit && $(abspath $<)

# A fuzzer is a file in tests/fuzz; those named worker_ and web_ link what only
# these programs link. Under libFuzzer (clang) it makes up inputs; as a replay, with
# any compiler, it reads the committed ones.
FUZZ          := $(filter-out replay,$(basename $(notdir \
		 $(wildcard tests/fuzz/*.c))))
FUZZ_WORKER   := $(filter worker_%,$(FUZZ))
FUZZ_WEB      := $(filter web_%,$(FUZZ))
FUZZ_AGENT    := $(filter-out worker_% web_%,$(FUZZ))
FUZZ_SECONDS  ?= 60
FUZZ_NAMES    ?= $(FUZZ)
FUZZ_SANITIZE  = -fsanitize=address,undefined,fuzzer-no-link \
		 -fno-sanitize-recover=undefined -fno-sanitize=vptr

$(BUILD)/obj/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(FUZZ_AGENT:%=$(BUILD)/replay/%): $(BUILD)/replay/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/obj/fuzz/replay.o $(BUILD)/libagent.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

$(FUZZ_WEB:%=$(BUILD)/replay/%): $(BUILD)/replay/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/obj/fuzz/replay.o $(BUILD)/libweb.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

$(FUZZ_WORKER:%=$(BUILD)/replay/%): $(BUILD)/replay/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/obj/fuzz/replay.o $(BUILD)/libworker.a
	@mkdir -p $(@D)
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(WORKER_LIBS)

$(FUZZ_AGENT:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/libagent.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(AGENT_LIBS)

$(FUZZ_WEB:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/libweb.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(AGENT_LIBS)

$(FUZZ_WORKER:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/obj/fuzz/%.o \
    $(BUILD)/libworker.a
	@mkdir -p $(@D)
	$(CXX) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(WORKER_LIBS)

.SECONDARY: $(FUZZ:%=$(BUILD)/obj/fuzz/%.o)
replays: $(FUZZ:%=$(BUILD)/replay/%)
fuzzers: $(FUZZ_NAMES:%=$(BUILD)/fuzz/%)

# Each target below is a step of `make check`, and can be had alone.
check:
	tests/prepare check
	tests/check

demo:
	tests/prepare demo
	$(MAKE) -s all
	$(PYTHON) tests/demo/demo.py $(abspath $(BUILD)/likesync)

# Kills and faults at every step instead of a sample.
torture: all faults $(BUILD)/unit/test_ledger
	tests/prepare check
	LIKESYNC_TORTURE=1 LIKESYNC=$(abspath $(BUILD)/likesync) $(PYTHON) \
	    -m pytest -q -s -p no:cacheprovider tests/e2e/test_kills.py \
	    tests/e2e/test_storage.py tests/e2e/test_networks.py
	cd tests/unit && LIKESYNC_TORTURE=1 TMPDIR=/dev/shm \
	    $(abspath $(BUILD))/unit/test_ledger

# One small change after the other, in a copy of the tree; MUTANTS="-k WORD" or
# names take some of them.
mutants: all unit
	tests/prepare check
	$(PYTHON) tests/mutate $(MUTANTS)

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libagent.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS)

bench: all $(BUILD)/bench/match $(BUILD)/bench/world $(BUILD)/bench/document
	tests/prepare bench
	$(PYTHON) tests/bench/bench.py $(abspath $(BUILD))

fuzz:
	tests/prepare check
	$(MAKE) -s BUILD=$(BUILD)/fuzz CC=clang CXX=clang++ \
	    SANITIZE="$(FUZZ_SANITIZE)" CFLAGS="-O1 -g" CXXFLAGS="-O1 -g" \
	    fuzzers
	tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_NAMES)

bench-analysis:
	tests/prepare music
	$(MAKE) -s all $(BUILD)/music/floor $(BUILD)/music/qm
	$(PYTHON) tests/music/bench.py $(abspath $(BUILD)) \
	    --tracks $(or $(TRACKS),24) --seed $(or $(SEED),1)

# What analysis is held against: decoding alone, and qm-dsp.
$(BUILD)/music/floor: tests/music/floor.c $(BUILD)/libworker.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@.o $<
	$(CXX) $(ALL_LDFLAGS) -o $@ $@.o $(BUILD)/libworker.a $(WORKER_LIBS)

$(BUILD)/music/qm: tests/music/qm.cc $(BUILD)/libworker.a
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) -isystem /usr/include/qm-dsp -c -o $@.o $<
	$(CXX) $(ALL_LDFLAGS) -o $@ $@.o $(BUILD)/libworker.a $(WORKER_LIBS) \
	    -lqm-dsp

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir) \
	    $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 \
	    $(DESTDIR)$(mandir)/man7 \
	    $(DESTDIR)$(docdir)/hooks $(DESTDIR)$(docdir)/examples/sources
	install -m 755 $(BUILD)/likesync $(DESTDIR)$(bindir)/
	install -m 755 $(BUILD)/likesync-worker $(BUILD)/likesync-web \
	    $(BUILD)/likesync-archive $(BUILD)/likesync-telegram \
	    $(DESTDIR)$(libexecdir)/
	install -d $(addprefix $(DESTDIR),$(bashdir) $(zshdir) $(fishdir))
	install -m 644 etc/completion/likesync.bash \
	    $(DESTDIR)$(bashdir)/likesync
	install -m 644 etc/completion/_likesync $(DESTDIR)$(zshdir)/
	install -m 644 etc/completion/likesync.fish $(DESTDIR)$(fishdir)/
	sed -e 's|/usr/local/bin|$(bindir)|' \
	    -e 's|/usr/local/libexec|$(libexecdir)|' docs/likesync.1 > \
	    $(DESTDIR)$(mandir)/man1/likesync.1
	chmod 644 $(DESTDIR)$(mandir)/man1/likesync.1
	install -m 644 docs/likesync.conf.5 $(DESTDIR)$(mandir)/man5/
	install -m 644 docs/likesync-json.7 $(DESTDIR)$(mandir)/man7/
	install -m 644 README.md CHANGELOG.md $(wildcard docs/*.md) \
	    docs/openapi.json etc/likesync.conf $(DESTDIR)$(docdir)/
	install -d $(DESTDIR)$(docdir)/examples
	install -m 644 etc/prometheus/likesync.rules.yml \
	    etc/grafana/likesync.json etc/grafana/likesync.yaml \
	    etc/likesync.rsyslog etc/likesync.logrotate \
	    $(DESTDIR)$(docdir)/examples/
	for server in nginx lighttpd apache caddy; do \
	    sed 's|/usr/local/libexec|$(libexecdir)|' etc/web/$$server.conf \
	        > $(DESTDIR)$(docdir)/examples/web-$$server.conf && \
	    chmod 644 $(DESTDIR)$(docdir)/examples/web-$$server.conf || \
	    exit 1; done
	install -m 755 etc/hooks/publish-rsync etc/hooks/publish-rclone \
	    $(DESTDIR)$(docdir)/hooks/
	install -m 755 $(wildcard etc/sources/*) $(DESTDIR)$(docdir)/examples/sources/

# What makes it part of a machine. Units and cron line name the programs where
# they are installed; root becomes likesync.
at_bindir = sed 's|/usr/local/bin/likesync|$(bindir)/likesync|g'
install-system:
	install -d $(addprefix $(DESTDIR),$(unitdir) $(sysusersdir) \
	    $(tmpfilesdir) $(addprefix $(sysconfdir)/,likesync cron.d))
	$(at_bindir) cron/likesync.service > \
	    $(DESTDIR)$(unitdir)/likesync.service
	sed -e 's|^Description=.*|Description=Fetch the tracks of queued jobs|' \
	    -e 's|-q sync$$|-q queue run --wait|' \
	    $(DESTDIR)$(unitdir)/likesync.service > \
	    $(DESTDIR)$(unitdir)/likesync-queue.service
	sed -e 's|^Description=.*|Description=Answer web requests for likesync|' \
	    -e 's|^Type=oneshot|Type=simple|' \
	    -e 's|^ExecStart=.*|ExecStart=/usr/sbin/fcgiwrap -f -c 4 -p $(libexecdir)/likesync-web|' \
	    cron/likesync.service > \
	    $(DESTDIR)$(unitdir)/likesync-web.service
	$(at_bindir) cron/likesync.cron > \
	    $(DESTDIR)$(sysconfdir)/cron.d/likesync
	chmod 644 $(DESTDIR)$(unitdir)/likesync.service \
	    $(DESTDIR)$(unitdir)/likesync-queue.service \
	    $(DESTDIR)$(unitdir)/likesync-web.service \
	    $(DESTDIR)$(sysconfdir)/cron.d/likesync
	install -m 644 cron/likesync.timer cron/likesync-queue.path \
	    cron/likesync-queue.timer cron/likesync-web.socket \
	    $(DESTDIR)$(unitdir)/
	install -m 644 etc/likesync.sysusers \
	    $(DESTDIR)$(sysusersdir)/likesync.conf
	install -m 644 etc/likesync.tmpfiles \
	    $(DESTDIR)$(tmpfilesdir)/likesync.conf
	test -e $(DESTDIR)$(sysconfdir)/likesync/likesync.conf || \
	    sed 's|^#user = likesync$$|user = likesync|' etc/likesync.conf > \
	    $(DESTDIR)$(sysconfdir)/likesync/likesync.conf

# debian/ has to be at the top of a source tree: of a copy.
deb:
	tests/prepare deb
	packaging/make-deb $(BUILD)/deb

check-deb: deb
	packaging/check-deb $(BUILD)/deb

# Uses the Debian and the package that check-deb leaves.
check-others:
	tests/prepare others
	test -e $(BUILD)/deb/debian.tar || $(MAKE) check-deb
	packaging/check-others $(BUILD)/deb

check-monitoring: all
	tests/prepare monitoring
	LIKESYNC=$(abspath $(BUILD)/likesync) $(PYTHON) -m pytest -q \
	    -p no:cacheprovider tests/monitoring

check-exports: all
	tests/prepare exports
	LIKESYNC=$(abspath $(BUILD)/likesync) $(PYTHON) -m pytest -q \
	    -p no:cacheprovider tests/exports

check-manifests: all
	tests/prepare manifests
	shellcheck packaging/slurm/likesync-shards
	$(PYTHON) tests/manifests/check $(abspath $(BUILD))

AXE = $(BUILD)/axe/node_modules/axe-core/axe.min.js

$(AXE):
	npm install --silent --no-audit --no-fund --ignore-scripts \
	    --prefix $(BUILD)/axe axe-core@4

check-page: all
	tests/prepare page
	$(MAKE) -s $(AXE)
	LIKESYNC=$(abspath $(BUILD)/likesync) LIKESYNC_AXE=$(abspath $(AXE)) \
	    $(PYTHON) -m pytest -q -p no:cacheprovider tests/e2e/test_page.py

clean:
	rm -rf $(BUILD)

.PHONY: all unit faults torture mutants replays fuzzers check demo bench fuzz install \
	install-system deb check-deb check-others check-manifests \
	check-monitoring check-exports check-page clean

-include $(shell find $(BUILD) -name deb -prune -o -name '*.d' -print \
	2>/dev/null)

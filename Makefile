# SPDX-License-Identifier: Apache-2.0
#
# Builds Nuo. `make help` lists the targets. Everything that is made lands under build/.
#
#   make CC=clang test                    another compiler
#   make SAN=address,undefined test       sanitizers
#   make BUILD=elsewhere                  another place
#   make V=1                              show the commands
#
# A compiler or sanitizer that is not the default gets a directory of its own below $(BUILD), so
# that objects never mix. Sources are found by globbing: adding a file needs no edit here.

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := $(if $(findstring clang,$(CC)),clang++,g++)
endif
BUILD   ?= build
SAN     ?=
CFLAGS  ?= $(if $(SAN),-O1,-O2) -g
WERROR  ?= -Werror
PREFIX  ?= /usr/local
DESTDIR ?=
EVENTS  ?= 200000
PAIRS   ?= 100000
KILLS   ?= 20
N       ?= 2000000
T       ?= 60
ONLY    ?=
VERSION := 0.1.0
SOMAJOR := 0

comma   := ,
VARIANT := $(subst /,_,$(subst $() ,-,$(strip $(filter-out gcc,$(notdir $(CC))) $(subst $(comma),-,$(SAN)))))
B       := $(BUILD)$(if $(VARIANT),/$(VARIANT))
G       := $(B)/gen
# Says what is made instead of the whole command; V=1 shows the command.
SAY      = $(if $(V),,@echo '  $@' &&)

MAKEFLAGS += --no-print-directory $(if $(V),,-s)

# pkg-config is asked once, and only when a recipe needs the answer: on a bare system it is `deps` that
# installs it. What a variable below holds is replaced by its value at the first use.
NUO_LIBS   = libffi libsodium libpcre2-8 lmdb
LIBS       = $(NUO_LIBS) md4c
# Of the command alone.
NUO_ONLY   = libmicrohttpd
LIB_CFLAGS = $(eval LIB_CFLAGS := $(shell pkg-config --cflags $(LIBS) cmocka))$(LIB_CFLAGS)
LIB_LIBS   = $(eval LIB_LIBS := $(shell pkg-config --libs $(LIBS)))$(LIB_LIBS)
# What the runtime needs of it.
RUN_LIBS   = $(eval RUN_LIBS := $(shell pkg-config --libs $(NUO_LIBS)))$(RUN_LIBS)
TEST_LIBS  = $(eval TEST_LIBS := $(shell pkg-config --libs cmocka))$(TEST_LIBS)

STRICT  := -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic $(WERROR) -fvisibility=hidden -fPIC
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
COMPILE  = $(CC) $(STRICT) $(CFLAGS) $(SANFLAG) -I. -I$(G) $(LIB_CFLAGS) -MMD -MP
LINK     = $(CC) $(CFLAGS) $(SANFLAG) $(LDFLAGS)
# For one contender of the benchmark, as simdjson's manual has it: with AVX2, without debugging checks.
COMPILE_CXX = $(CXX) -std=c++17 -Wall -Wextra -Wpedantic $(WERROR) $(CFLAGS) $(SANFLAG) $(if $(filter x86_64,$(shell uname -m)),-march=x86-64-v3) -DNDEBUG -I. -MMD -MP
# A library names everything it needs; a sanitizer's own symbols come with the program instead.
SHARED   = $(LINK) -shared $(if $(SAN),,-Wl,--no-undefined) -Wl,-soname,$(@F).$(SOMAJOR)

# ---- what there is -------------------------------------------------------------------------------

STDLIB      := $(sort $(wildcard stdlib/*.nuo stdlib/*/*.nuo))
RUNTIME_C   := $(wildcard runtime/*.c)
COMPILER_C  := $(wildcard compiler/*.c) $(filter-out compiler/cli/%,$(wildcard compiler/*/*.c))
CLI_C       := $(wildcard compiler/cli/*.c)
UNIT_C      := $(sort $(wildcard tests/unit/test_*.c))
UNIT_HELP_C := $(filter-out $(UNIT_C),$(wildcard tests/unit/*.c)) tests/cpu_limit.c
ORACLE_C    := $(wildcard tests/oracle/*.c) tests/cpu_limit.c
EVASION_C   := $(wildcard tests/lexicon/*.c)
SAMPLE_C    := $(wildcard tests/sample/*.c)
SCENARIO_C  := $(wildcard tests/scenario/*.c)
MEASURE_C   := $(wildcard tests/bench/measure.c tests/bench/ours.c)
BENCH_C     := $(wildcard tests/bench/*.c)
MEMORY_C    := $(wildcard tests/bench/memory/*.c)
SCALE_C     := $(wildcard tests/bench/scale/*.c)
LEXICON_C   := $(wildcard tests/bench/lexicon/*.c)
THREADS_C   := $(wildcard tests/bench/threads/*.c)
ADAPTED_C   := $(wildcard tests/bench/adapted/*.c)
LATENCY_C   := $(wildcard tests/bench/latency/*.c)
FUZZ_C      := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_HELP_C := $(filter-out $(FUZZ_C),$(wildcard tests/fuzz/*.c))

GEN_C := $(if $(wildcard compiler/lexer.re),$(G)/lexer.c) $(if $(wildcard compiler/grammar.y),$(G)/grammar.c) \
         $(if $(wildcard compiler/stdlib_data.h),$(G)/stdlib_data.c)
GEN_H := $(if $(wildcard compiler/grammar.y),$(G)/grammar.h)

objects   = $(patsubst $(G)/%.c,$(B)/obj/gen/%.o,$(patsubst %.c,$(B)/obj/%.o,$(filter-out $(G)/%,$(1))) $(filter $(G)/%,$(1)))
RUNTIME_O  := $(call objects,$(RUNTIME_C))
COMPILER_O := $(call objects,$(COMPILER_C) $(GEN_C))
CLI_O      := $(call objects,$(CLI_C))
UNIT       := $(UNIT_C:%.c=$(B)/%)
FUZZ       := $(FUZZ_C:%.c=$(B)/%)
LIBRARIES  := $(B)/libnuo.a $(B)/libnuo.so $(if $(COMPILER_C),$(B)/libnuoc.a $(B)/libnuoc.so)
NUO        := $(if $(CLI_C),$(B)/nuo)
ORACLE     := $(if $(ORACLE_C),$(B)/tests/oracle/oracle)
EVASION    := $(if $(EVASION_C),$(B)/tests/lexicon/lexicon)
GENERATE   := $(if $(SAMPLE_C),$(B)/tests/sample/generate)
SCENARIO   := $(SCENARIO_C:%.c=$(B)/%)
BENCH      := $(if $(BENCH_C),$(B)/tests/bench/bench)
MEMORY     := $(if $(MEMORY_C),$(B)/tests/bench/memory/memory)
SCALE      := $(if $(SCALE_C),$(B)/tests/bench/scale/scale)
LEXICON    := $(if $(LEXICON_C),$(B)/tests/bench/lexicon/lexicon)
THREADS    := $(if $(THREADS_C),$(B)/tests/bench/threads/threads)
ADAPTED    := $(if $(ADAPTED_C),$(B)/tests/bench/adapted/adapted)
LATENCY    := $(if $(LATENCY_C),$(B)/tests/bench/latency/latency)
# Asked for only when the benchmark is built.
SIMDJSON_O := $(if $(filter %bench,$(MAKECMDGOALS)),$(shell pkg-config --exists simdjson && command -v $(firstword $(CXX)) >/dev/null && echo $(B)/obj/tests/bench/simdjson.o))
RUNNERS    := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/*_runner.c))
NATIVE     := $(if $(wildcard tests/native/native.c),$(B)/tests/libtestnative.so)
TESTS      := $(UNIT) $(ORACLE) $(EVASION) $(GENERATE) $(SCENARIO) $(RUNNERS) $(NATIVE) $(MEMORY) $(SCALE) $(THREADS) $(ADAPTED) $(LATENCY)

# ---- targets for people --------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all built deps run test tests unit golden floors lexicons oracle conformance bindings abi valgrind kill soak fuzz fuzzers bench format clean install help

all: deps ## build the libraries and the nuo command (default)
	@$(MAKE) built

built: $(LIBRARIES) $(NUO)

run: deps ## decide the month of a platform, 200,000 events, under all policies of mainland China at once: tables, report
	@$(MAKE) built $(GENERATE)
	@mkdir -p $(B)/sample
	@$(GENERATE) $(EVENTS) 1 >$(B)/sample/events.jsonl
	@status=0; $(NUO) run rules/platform_cn/platform_cn.nuo.md $(B)/sample/events.jsonl >$(B)/sample/decisions.jsonl || status=$$?; \
	 case $$status in 0) ;; 1) echo "Exit status 1: some events were refused, see above." ;; *) exit $$status ;; esac
	@$(NUO) report -o $(B)/sample/report.html --from 2026-10-01 --events $(B)/sample/events.jsonl $(B)/sample/decisions.jsonl
	@echo; echo "The report of the month: $(B)/sample/report.html; events and decisions lie beside it."

test: deps ## build and run every test; one of them: make unit|golden|floors|lexicons|oracle|conformance|kill [ONLY=part-of-the-name]
	@$(MAKE) built tests
	@$(RUN_TESTS) floors abi unit golden lexicons oracle conformance bindings nginx docs kill

NEEDED_unit   = $(if $(ONLY),$(foreach u,$(UNIT),$(if $(findstring $(ONLY),$(u)),$(u))),$(UNIT))
NEEDED_golden = built $(RUNNERS) $(NATIVE) $(GENERATE) $(SCENARIO) $(MEMORY) $(EVASION)
NEEDED_floors = built
NEEDED_oracle = $(ORACLE)
NEEDED_kill   = built $(RUNNERS)
NEEDED_lexicons = $(EVASION)
NEEDED_conformance = built $(RUNNERS)
unit golden floors lexicons oracle conformance kill: deps
	@$(MAKE) $(NEEDED_$@)
	@$(RUN_TESTS) $@

bindings: deps ## build and test the bindings for other languages that are installed
	@$(MAKE) built $(RUNNERS)
	@$(RUN_TESTS) conformance bindings

abi: deps ## hold libnuo.so against runtime/abi/nuo.abi (abigail-tools); DUMP=1 writes that anew
	@$(MAKE) $(B)/libnuo.so
	@$(if $(DUMP),B='$(B)' CC='$(CC)' SAN='$(SAN)' sh tests/abi.sh dump,$(RUN_TESTS) abi)

valgrind: deps ## unit tests and a run of 2,000 events under memcheck (needs valgrind)
	@$(MAKE) built $(UNIT) $(GENERATE)
	@$(RUN_TESTS) valgrind

soak: PAIRS = $(N)
soak: KILLS = 1000
soak: deps ## compare VM and oracle on N random pairs (N=2000000), kill a run 1,000 times
	@$(MAKE) built $(ORACLE) $(RUNNERS)
	@$(RUN_TESTS) oracle kill

fuzz: ## fuzz each target for T seconds (T=60); needs clang with libFuzzer
	@$(MAKE) deps CC=clang
	@$(MAKE) fuzzers CC=clang SAN=fuzzer-no-link,address,undefined T=$(T)

bench: deps ## compare with hand-written C; with simdjson and Vectorscan where libsimdjson-dev, a C++ compiler, libvectorscan-dev are installed
	@$(if $(BENCH_C),$(MAKE) $(BENCH) $(MEMORY) $(SCALE) $(THREADS) $(ADAPTED) $(LATENCY) && $(BENCH) && $(SCALE) && $(THREADS) && $(ADAPTED) && $(LATENCY) && $(MEMORY),echo "no benchmark here yet")
	@if pkg-config --exists libhs; then $(MAKE) $(LEXICON) && $(LEXICON); \
	 else echo "Lexicons are left out: they are compared with Vectorscan, and libvectorscan-dev is not installed."; fi

format: ## lay out all C files
	clang-format -i $(shell find runtime compiler tests docs -name '*.[ch]')

clean: ## remove what was built
	rm -rf $(BUILD)

PUBLIC_H := $(wildcard runtime/nuo.h runtime/nuo_log.h compiler/nuo_compile.h)
INTO      = $(DESTDIR)$(PREFIX)
SHARE     = $(INTO)/share
# pc NAME DESCRIPTION REQUIRES LIBRARY PRIVATE
pc = printf 'prefix=$(PREFIX)\nName: $(1)\nDescription: $(2)\nVersion: $(VERSION)\nRequires: $(3)\nRequires.private: $(5)\nCflags: -I$${prefix}/include\nLibs: -L$${prefix}/lib -l$(4)\n' \
  >$(INTO)/lib/pkgconfig/$(1).pc

install: all ## install libraries, headers, nuo, manual and completions (PREFIX=/usr/local, DESTDIR=)
	install -d $(addprefix $(INTO)/,bin include lib/pkgconfig share/man/man1 share/man/man3 share/man/man5 share/man/man7 \
	  share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d)
	install -m 755 $(NUO) $(INTO)/bin
	for h in $(PUBLIC_H); do sed 's,"runtime/nuo.h",<nuo.h>,' $$h >$(INTO)/include/$${h##*/} || exit 1; done
	install -m 644 $(filter %.a,$(LIBRARIES)) $(INTO)/lib
	for l in $(basename $(notdir $(filter %.so,$(LIBRARIES)))); do \
	  install -m 755 $(B)/$$l.so $(INTO)/lib/$$l.so.$(SOMAJOR) && \
	  ln -sf $$l.so.$(SOMAJOR) $(INTO)/lib/$$l.so || exit 1; done
	$(call pc,nuo,Runtime of the Nuo rule language,,nuo,$(NUO_LIBS))
	$(call pc,nuo-compiler,Compiler of the Nuo rule language,nuo,nuoc,md4c)
	$(NUO) manual >$(SHARE)/man/man1/nuo.1
	awk -v version=$(VERSION) -f docs/man/header.awk $(PUBLIC_H) >$(SHARE)/man/man3/nuo.3
	install -m 644 docs/man/nuo.5 $(SHARE)/man/man5
	install -m 644 docs/man/nuo.7 $(SHARE)/man/man7
	$(NUO) completion bash >$(SHARE)/bash-completion/completions/nuo
	$(NUO) completion zsh >$(SHARE)/zsh/site-functions/_nuo
	$(NUO) completion fish >$(SHARE)/fish/vendor_completions.d/nuo.fish

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

# ---- what the build needs ------------------------------------------------------------------------

APT := $(if $(findstring clang,$(CC)),clang,gcc) libc6-dev make pkg-config re2c lemon libffi-dev libcmocka-dev libsodium-dev libpcre2-dev liblmdb-dev libmd4c-dev libmicrohttpd-dev tzdata
define DEPS
have() { command -v $(firstword $(CC)) && command -v re2c && command -v lemon && pkg-config --exists $(LIBS) $(NUO_ONLY) cmocka && \
  test -f /usr/share/zoneinfo/Asia/Shanghai; } >/dev/null 2>&1; \
have && exit 0; \
if command -v apt-get >/dev/null; then \
  if [ "$$(id -u)" = 0 ]; then sudo=; elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo; } >/dev/null; then sudo=sudo; else sudo=none; fi; \
  if [ "$$sudo" != none ]; then \
    echo "Installing what the build needs: $(APT)"; \
    $$sudo apt-get -qq update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $(APT) >/dev/null && have && exit 0; \
  fi; \
fi; \
{ echo "The build needs some packages that are not here. Install them, then run make again:"; \
  echo "  Debian, Ubuntu  apt-get install $(APT)"; \
  echo "  Fedora          dnf install $(firstword $(APT)) make pkgconf-pkg-config re2c lemon libffi-devel libcmocka-devel libsodium-devel pcre2-devel lmdb-devel md4c-devel libmicrohttpd-devel tzdata"; \
  echo "  macOS           xcode-select --install; brew install pkgconf re2c lemon libffi cmocka libsodium pcre2 lmdb md4c libmicrohttpd"; } >&2; \
exit 1
endef

deps: ## install what the build needs (apt), or say what to install
	@$(DEPS)

# ---- libraries and programs ----------------------------------------------------------------------

# Changed flags compile everything again, and a source that went away leaves the archive.
$(B)/obj/.flags: NOW = $(COMPILE)
$(B)/obj/.sources: NOW = $(RUNTIME_O) $(COMPILER_O)
$(B)/obj/.flags $(B)/obj/.sources: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ',,$(NOW))' | cmp -s - $@ || echo '$(subst ',,$(NOW))' >$@
FORCE:

$(B)/libnuo.a: $(RUNTIME_O) $(B)/obj/.sources
$(B)/libnuoc.a: $(COMPILER_O) $(B)/obj/.sources
$(B)/%.a:
	$(SAY) rm -f $@ && ar rcs $@ $(filter %.o,$^)

# The runtime links alone: were it to use anything of the compiler, this would fail.
$(B)/libnuo.so: $(RUNTIME_O) $(B)/obj/.sources
	$(SAY) $(SHARED) -o $@ $(filter %.o,$^) $(RUN_LIBS)

# The compiler uses inner functions of the runtime, which libnuo.so does not export: it carries its own
# copy of them, hidden. Programs link with both.
$(B)/libnuoc.so: $(COMPILER_O) $(B)/libnuo.a
	$(SAY) $(SHARED) -o $@ $^ -Wl,--exclude-libs,libnuo.a $(LIB_LIBS)

ARCHIVES := $(if $(COMPILER_C),$(B)/libnuoc.a) $(B)/libnuo.a
$(B)/nuo: $(CLI_O) $(ARCHIVES)
$(B)/nuo: MORE_LIBS = $(shell pkg-config --libs $(NUO_ONLY))
$(B)/tests/oracle/oracle: $(call objects,$(ORACLE_C)) $(ARCHIVES)
$(B)/tests/lexicon/lexicon: $(call objects,$(EVASION_C)) $(ARCHIVES)
$(B)/tests/sample/generate: $(call objects,$(SAMPLE_C))
$(B)/tests/bench/bench: $(call objects,$(BENCH_C)) $(SIMDJSON_O) $(ARCHIVES)
$(B)/tests/bench/bench: MORE_LIBS := $(if $(SIMDJSON_O),-lsimdjson -lstdc++)
$(B)/tests/bench/memory/memory: $(call objects,$(MEMORY_C) $(MEASURE_C)) $(ARCHIVES)
$(B)/tests/bench/scale/scale: $(call objects,$(SCALE_C) $(MEASURE_C) $(wildcard tests/bench/events.c)) $(ARCHIVES)
$(B)/tests/bench/adapted/adapted: $(call objects,$(ADAPTED_C) $(MEASURE_C) $(wildcard tests/bench/events.c)) $(ARCHIVES)
$(B)/tests/bench/threads/threads: $(call objects,$(THREADS_C) $(MEASURE_C) $(wildcard tests/bench/events.c)) $(ARCHIVES)
$(B)/tests/bench/latency/latency: $(call objects,$(LATENCY_C) $(MEASURE_C) tests/bench/events.c tests/bench/extract.c tests/bench/tuned.c tests/bench/memory/table.c) $(ARCHIVES)
$(B)/tests/bench/lexicon/lexicon: $(call objects,$(LEXICON_C) $(MEASURE_C)) $(ARCHIVES)
$(B)/tests/bench/lexicon/lexicon: MORE_LIBS = $(shell pkg-config --libs libhs)
$(RUNNERS) $(SCENARIO): $(B)/tests/%: $(B)/obj/tests/%.o
$(B)/tests/conformance_runner: $(B)/libnuo.a
$(B)/nuo $(ORACLE) $(EVASION) $(GENERATE) $(BENCH) $(MEMORY) $(SCALE) $(THREADS) $(ADAPTED) $(LATENCY) $(LEXICON) $(RUNNERS) $(SCENARIO):
	@mkdir -p $(@D)
	$(SAY) $(LINK) -o $@ $^ $(LIB_LIBS) $(MORE_LIBS)

# What the golden tests call through `extern function`; without sanitizers, as a stranger's library would be.
$(NATIVE): tests/native/native.c $(B)/obj/.flags
	@mkdir -p $(@D)
	$(SAY) $(CC) $(STRICT) $(CFLAGS) -shared -o $@ $<

# A unit test that includes nothing of the compiler is linked without it.
UNIT_COMPILER := $(if $(UNIT_C),$(shell grep -lE '^ *# *include *"compiler/' $(UNIT_C) $(UNIT_HELP_C)))
$(UNIT): $(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(call objects,$(UNIT_HELP_C)) $(B)/libnuo.a
	@mkdir -p $(@D)
	$(SAY) $(LINK) -o $@ $(filter %.o,$^) $(filter %/libnuoc.a,$^) $(B)/libnuo.a $(TEST_LIBS) $(LIB_LIBS)
$(patsubst %.c,$(B)/%,$(if $(filter $(UNIT_HELP_C),$(UNIT_COMPILER)),$(UNIT_C),$(UNIT_COMPILER))): $(B)/libnuoc.a

# It takes in a source of the bindings, which find nuo.h where it is installed.
$(B)/obj/tests/unit/test_packed.o: private COMPILE += -Iruntime

$(FUZZ): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(call objects,$(FUZZ_HELP_C)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(SAY) $(CC) $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIB_LIBS)

$(B)/obj/%.o: %.c $(B)/obj/.flags
	@mkdir -p $(@D)
	$(SAY) $(COMPILE) -c -o $@ $<

$(B)/obj/%.o: %.cpp $(B)/obj/.flags
	@mkdir -p $(@D)
	$(SAY) $(COMPILE_CXX) -c -o $@ $<

# Generators write code that the strictest warnings dislike.
$(B)/obj/gen/%.o: $(G)/%.c $(B)/obj/.flags
	@mkdir -p $(@D)
	$(SAY) $(COMPILE) -Wno-unused -Wno-unused-parameter -Wno-type-limits -Wno-sign-compare -Wno-implicit-fallthrough -c -o $@ $<

# What may include the grammar's token numbers waits for them the first time; the runtime does not.
$(COMPILER_O) $(CLI_O) $(call objects,$(UNIT_COMPILER) $(ORACLE_C) $(EVASION_C) $(FUZZ_C) $(FUZZ_HELP_C)): | $(GEN_H)

# ---- generated sources ---------------------------------------------------------------------------

# The keyword rules come out of the keyword table through the C preprocessor; the lexer pulls them in
# with `!include "keywords.re";`.
$(G)/keywords.re: $(wildcard compiler/keywords.re.in compiler/keywords.def)
	@mkdir -p $(@D)
	$(SAY) $(CC) -E -P -x c -I. compiler/keywords.re.in >$@

$(G)/lexer.c: compiler/lexer.re $(if $(wildcard compiler/keywords.re.in),$(G)/keywords.re)
	@mkdir -p $(@D)
	$(SAY) re2c -W -Werror --utf8 --input-encoding utf8 -I $(G) -o $@ $<

# lemon exits non-zero on a conflict, and so does the build; grammar.out in the same place explains it.
$(G)/grammar.c: compiler/grammar.y
	@mkdir -p $(@D)
	$(SAY) lemon -d$(@D) $<
$(G)/grammar.h: $(G)/grammar.c
	@touch $@

# Each module of the standard library as an array of bytes; `stdlib/calendars/cn.nuo` is named calendars/cn.
$(G)/stdlib_data.c: $(STDLIB) Makefile
	@mkdir -p $(@D)
	$(SAY) { echo '#include "compiler/stdlib_data.h"'; i=0; \
	   for f in $(STDLIB); do echo "static const unsigned char module_$$i[] = {"; \
	     od -An -v -tx1 $$f | sed 's/ \(..\)/0x\1,/g'; echo '0};'; i=$$((i + 1)); done; \
	   echo 'const struct stdlib_module nuo__stdlib_modules[] = {'; i=0; \
	   for f in $(STDLIB); do name=$${f#stdlib/}; \
	     echo "  {\"$${name%.nuo}\", module_$$i, sizeof module_$$i - 1},"; i=$$((i + 1)); done; \
	   echo '  {0, 0, 0}};'; \
	   echo 'const size_t nuo__stdlib_module_count = $(words $(STDLIB));'; } >$@

# ---- tests ---------------------------------------------------------------------------------------

tests: $(TESTS)

RUN_TESTS = B='$(B)' CC='$(CC)' SAN='$(SAN)' ONLY='$(ONLY)' PAIRS='$(PAIRS)' KILLS='$(KILLS)' sh tests/run.sh

# For tests/fuzz/fuzz_NAME.c: seeds in tests/fuzz/corpus/NAME/, words in tests/fuzz/NAME.dict, for sources with
# those of the language; what the fuzzer adds, and what crashes it, stays in the build directory.
WORDS := compiler/keywords.def compiler/types.def compiler/builtins.def
$(B)/fuzz/source.dict: tests/fuzz/source.dict tests/fuzz/words.awk $(WORDS)
	@mkdir -p $(@D)
	$(SAY) { cat $<; LC_ALL=C awk -f tests/fuzz/words.awk $(WORDS); } >$@
$(B)/fuzz/%.dict: tests/fuzz/%.dict
	@mkdir -p $(@D)
	$(SAY) cp $< $@

fuzzers: $(FUZZ) $(patsubst tests/%,$(B)/%,$(wildcard tests/fuzz/*.dict))
	@for f in $(FUZZ); do n=$${f##*/fuzz_}; mkdir -p $(B)/fuzz/$$n; seeds=; dict=; \
	   [ -d tests/fuzz/corpus/$$n ] && seeds=tests/fuzz/corpus/$$n; \
	   [ -f $(B)/fuzz/$$n.dict ] && dict=-dict=$(B)/fuzz/$$n.dict; \
	   echo "fuzzing $$n for $(T) s"; \
	   $$f -max_total_time=$(T) -timeout=10 -verbosity=0 -artifact_prefix=$(B)/fuzz/$$n- $$dict $(B)/fuzz/$$n $$seeds || exit 1; \
	 done; echo "$(words $(FUZZ)) targets, nothing found"

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

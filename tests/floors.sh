#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Proves the floors of the house: what a file may include, what the runtime may use, what its libraries
# export and hold, and that no diagnostic is without a test. Called by tests/run.sh with B (build directory) and SAN set; prints one
# line per breach and, last, "RESULT passed failed".
B=${B:-build}
export LC_ALL=C
out=$B/results/floors.out counts=$B/results/floors.counts
mkdir -p "$B/results"
: >"$counts"

# check TITLE: the breaches, one per line, come on standard input; none is a pass. A pipeline ends in a
# subshell, so the counts go through a file.
check() {
  cat >"$out"
  if [ -s "$out" ]; then
    echo bad >>"$counts"
    echo "floors: $1:"
    sed 's/^/    /' "$out"
  else
    echo good >>"$counts"
  fi
}

# The bindings for other languages are guests of the runtime, not part of it.
sources() { find "$1" -path runtime/bindings -prune -o \( -name '*.[ch]' -o -name '*.def' -o -name '*.re' -o -name '*.y' \) -print; }
includes() { sources "$1" | xargs grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" /dev/null; }

# Files that Git does not know are the developer's own business.
git ls-files 2>/dev/null | sed 's,/.*,,' | sort -u |
  grep -vxE 'Makefile|compiler|runtime|rules|stdlib|tests|docs|README\.md|LICENSE|CHANGELOG\.md|\..*' |
  check 'the top level holds nothing else'
includes runtime '"' | grep -v '"runtime/' |
  check 'the runtime may include files of the runtime only, by their path from the root'
includes compiler '"compiler/cli/' | grep -v '^compiler/cli/' |
  check 'the compiler may not include files of the command line'
includes compiler '"' | grep -vE '"(compiler|runtime)/|"grammar\.h"' |
  check 'the compiler may include files of compiler/ and runtime/ only, by their path from the root'
includes runtime '<(stdio|locale|wchar|signal|setjmp)\.h>' |
  check 'the runtime has no stdio, locale or signals'
sources runtime | xargs grep -nE '(^|[^A-Za-z0-9_.>])(abort|exit|_exit|getenv|setenv|setlocale|time|clock|clock_gettime|gettimeofday|localtime(_r)?)[[:space:]]*\(' /dev/null |
  grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|/?\*)' |
  check 'the runtime does not end the process, read the environment or ask the time'
# base.c formats into memory with vsnprintf, which lives in stdio.h.
includes compiler '<(stdio|locale)\.h>' | grep -vE '^compiler/(cli/|base\.c:)' |
  check 'the compiler prints nothing: stdio belongs to compiler/cli'

# A gap in a record of the image holds whatever was in memory, and so would the digest of the program.
echo '#include "runtime/image.h"' | ${CC:-cc} -std=c11 -Wpadded -I. -fsyntax-only -x c - 2>&1 | grep 'image.h.*padd' |
  check 'the records of an image have no gaps'

# A message that no test shows may be wrong, or say nothing that helps.
grep -ohE '\bN[01][0-9]{3}\b' tests/golden/*.case tests/unit/*.c docs/lint/*.md | sort -u >"$B/results/shown"
sed -n 's/^DIAG(\(N[0-9]*\),.*/\1/p' compiler/diagnostics.def | sort | comm -23 - "$B/results/shown" |
  check 'every diagnostic is shown by a golden case or a unit test'

# A lint rule has a page with examples, which tests/docs.awk tries; from N1100 on there are lint rules only.
sed -n 's/^LINT(\(N[0-9]*\),.*/\1/p' compiler/lint/rules.def | sort >"$B/results/lint"
ls docs/lint | sed -n 's/^\(N[0-9]*\)\.md$/\1/p' | sort | comm -3 - "$B/results/lint" |
  check 'every lint rule has its page in docs/lint, and every page its rule'
sed -n 's/^DIAG(\(N1[1-9][0-9]*\),.*/\1/p' compiler/diagnostics.def | sort | comm -23 - "$B/results/lint" |
  check 'every diagnostic from N1100 on is a lint rule'

# What the objects say. A sanitizer adds symbols, imports and writable data of its own.
if [ -z "$SAN" ] && [ -f "$B/libnuo.so" ]; then
  nm -D --defined-only "$B/libnuo.so" | awk '$NF !~ /^nuo_[a-z0-9]/ {print $NF}' |
    check 'libnuo.so exports nuo_* and nothing else'
  nm -u "$B/libnuo.a" 2>/dev/null |
    awk '/^[^ ].*:$/ {object = $1} $1 == "U" && $2 ~ /^(abort|exit|_exit|getenv|secure_getenv|setlocale|printf|fprintf|vfprintf|snprintf|vsnprintf|fopen|puts|time|clock_gettime|gettimeofday|__assert_fail|_?_?setjmp|longjmp)$/ {print object, $2}' |
    check 'the runtime calls nothing that prints, ends the process, reads the environment or the clock'
  # A constant table that holds addresses sits in .data.rel.ro: read-only once it is loaded.
  objdump -t "$B/libnuo.a" 2>/dev/null |
    awk '/file format/ {object = $1} $NF !~ /^\./ && /[ \t](\.(data|bss|tdata|tbss)[^ \t]*|\*COM\*)[ \t]/ && !/[ \t]\.data\.rel\.ro/ {print object, $NF}' |
    check 'the runtime has no writable global data'
fi
if [ -z "$SAN" ] && [ -f "$B/libnuoc.so" ]; then
  nm -D --defined-only "$B/libnuoc.so" | awk '$NF !~ /^nuo_[a-z0-9]/ {print $NF}' |
    check 'libnuoc.so exports nuo_* and nothing else'
fi
echo "RESULT $(grep -c good "$counts") $(grep -c bad "$counts")"

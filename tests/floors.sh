#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Proves the floors of the house: what a file may include, what the runtime may use, and what its
# libraries export and hold. Called by tests/run.sh with B (build directory) and SAN set; prints one
# line per breach and, last, "RESULT passed failed".
B=${B:-build}
passed=0 failed=0 out=$B/results/floors.out
mkdir -p "$B/results"

# check TITLE: the breaches, one per line, come on standard input; none is a pass.
check() {
  cat >"$out"
  if [ -s "$out" ]; then
    failed=$((failed + 1))
    echo "floors: $1:"
    sed 's/^/    /' "$out"
  else
    passed=$((passed + 1))
  fi
}

sources() { find "$@" -name '*.[ch]' -o -name '*.def' -o -name '*.re' -o -name '*.y'; }
includes() { sources "$1" | xargs grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*$2" /dev/null; }

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
includes compiler '<(stdio|locale)\.h>' | grep -v '^compiler/cli/' |
  check 'the compiler prints nothing: stdio belongs to compiler/cli'

# What the objects say. A sanitizer adds symbols, imports and writable data of its own.
if [ -z "$SAN" ] && [ -f "$B/libnuo.so" ]; then
  nm -D --defined-only "$B/libnuo.so" | awk '$NF !~ /^nuo_[a-z0-9]/ {print $NF}' |
    check 'libnuo.so exports nuo_* and nothing else'
  nm -u "$B/libnuo.a" 2>/dev/null |
    awk '/^[^ ].*:$/ {object = $1} $1 == "U" && $2 ~ /^(abort|exit|_exit|getenv|secure_getenv|setlocale|printf|fprintf|vfprintf|snprintf|vsnprintf|fopen|puts|time|clock_gettime|gettimeofday|__assert_fail|_?_?setjmp|longjmp)$/ {print object, $2}' |
    check 'the runtime calls nothing that prints, ends the process, reads the environment or the clock'
  nm "$B/libnuo.a" 2>/dev/null |
    awk '/^[^ ].*:$/ {object = $1} $(NF - 1) ~ /^[BbCDdGgSs]$/ {print object, $NF}' |
    check 'the runtime has no writable global data'
fi
if [ -z "$SAN" ] && [ -f "$B/libnuoc.so" ]; then
  nm -D --defined-only "$B/libnuoc.so" | awk '$NF !~ /^nuo_[a-z0-9]/ {print $NF}' |
    check 'libnuoc.so exports nuo_* and nothing else'
fi
rm -f "$out"
echo "RESULT $passed $failed"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Holds libnuo.so against runtime/abi/nuo.abi, which tells what a host was compiled for: functions and what they take, the
# layout of structures, the values of enumerators. Called by tests/run.sh with B, CC and SAN set; prints what differs and,
# last, "RESULT passed failed", or exits with 77 and why it is skipped. `tests/abi.sh dump` writes the file anew.
B=${B:-build} dump=runtime/abi/nuo.abi hidden=runtime/abi/private.abignore
skip() {
  echo "abi: skipped, $1"
  exit 77
}
command -v abidiff >/dev/null && command -v abidw >/dev/null || skip 'for abigail-tools is not installed'
case $(uname -m)$SAN$(basename "${CC:-gcc}") in
  x86_64gcc) ;;
  *) skip 'for the file is of gcc on x86-64 without sanitizers' ;;
esac
readelf -S "$B/libnuo.so" | grep -q '\.debug_info' || skip 'for the library has no debugging information'

if [ "$1" = dump ]; then
  abidw --suppressions $hidden --exported-interfaces-only --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
    --no-write-default-sizes --no-parameter-names --type-id-style hash "$B/libnuo.so" >$dump
  exit
fi

passed=0 failed=0
# A host that was compiled for the file runs with the library; functions may have been added.
differs() { ! abidiff --no-added-syms --suppressions $hidden "$1" "$B/libnuo.so" >"$B/results/abidiff" 2>&1; }
if differs $dump; then
  failed=1
  cat "$B/results/abidiff"
  echo 'abi: hosts that were compiled before would go wrong. Undo it; or write the file anew (make abi DUMP=1), and raise'
  echo 'abi: SOMAJOR if a release has been made with the old one (docs/internals.md).'
else
  passed=1
fi

# plant WHAT SED: a file of another interface has to be told from that of the library.
plant() {
  sed "$2" $dump >"$B/results/planted.abi"
  if cmp -s $dump "$B/results/planted.abi"; then
    failed=$((failed + 1))
    echo "abi: nothing to plant: $1"
  elif differs "$B/results/planted.abi"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "abi: not noticed: $1"
  fi
}
plant 'a function that is gone' "s/nuo_session_pending/nuo_session_waiting/g"
plant 'an enumerator with another value' "s/name='NUO_BLOCK' value='5'/name='NUO_BLOCK' value='6'/"
plant 'a member that has moved' "/class-decl name='nuo_hit'/,/\/class-decl/s/layout-offset-in-bits='128'/layout-offset-in-bits='160'/"
plant 'a structure that has grown' "s/\(class-decl name='nuo_options' size-in-bits=\)'[0-9]*'/\1'64'/"
plant 'a parameter of another type' "/mangled-name='nuo_session_advance'/,/\/function-decl/{/parameter/{x;s/^/n/;/^nn$/{x;d};x}}"
echo "RESULT $passed $failed"

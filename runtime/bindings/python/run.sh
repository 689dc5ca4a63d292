#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh test|conformance|bench BUILD, see ../README.md.
python=$(command -v python3) && "$python" -c 'import ctypes, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || {
  echo "Python 3.8 is not installed"
  exit 77
}
build=$(cd "$2" && pwd) && here=$(cd "$(dirname "$0")" && pwd) || exit 1
root=$here/../../.. own=$build/bindings/python
mkdir -p "$own" || exit 1
export NUO_LIBRARY="$build/libnuo.so" NUO_BUILD="$build" PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1

case $1 in
  test)
    "$python" "$here/test/test_nuo.py" -v >"$own/log" 2>&1
    status=$? ran=$(sed -n 's/^Ran \([0-9]*\) tests* in .*/\1/p' "$own/log")
    bad=$(grep -cE '^(FAIL|ERROR): ' "$own/log")
    grep ' \.\.\. skipped ' "$own/log"
    [ $status -eq 0 ] || { cat "$own/log"; [ "$bad" -gt 0 ] || bad=1; }
    echo "RESULT $((${ran:-0} - (${ran:-0} > 0 ? bad : 0))) $bad"
    ;;
  conformance) "$python" "$here/test/conformance.py" "$build/conformance" "$root/tests/conformance" ;;
  bench)
    mkdir -p "$own/lib" && ln -sf "$build/libnuo.so" "$own/lib/libnuo.so" && ln -sf "$build/libnuo.so" "$own/lib/libnuo.so.0" &&
      "$build/nuo" build -o "$own/bench.nuoi" "$root/tests/bench/policy.nuo" &&
      ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -fPIC -shared -I"$root" -I"$root/runtime" -o "$own/lib/libbaseline.so" \
        "$here/../baseline.c" "$root/tests/bench/events.c" -L"$own/lib" -Wl,-rpath,"$own/lib" -lnuo &&
      "$python" "$here/bench/bench.py" "$own/bench.nuoi" "$own/lib/libbaseline.so"
    ;;
  *) echo "run.sh test|conformance|bench BUILD" >&2; exit 2 ;;
esac

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh test|conformance|bench BUILD, see ../README.md.
node=$(command -v node) && "$node" -e 'process.exit(parseInt(process.versions.node, 10) < 18 ? 1 : 0)' || { echo "Node 18 is not installed"; exit 77; }
build=$(cd "$2" && pwd) && here=$(cd "$(dirname "$0")" && pwd) || exit 1
root=$here/../../.. own=$build/bindings/node
mkdir -p "$own/lib" || exit 1
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so"
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so.0"
export NUO_NODE="$own/nuo.node" NUO_BUILD="$build"
export NUO_FLAGS="-I$root -I$root/runtime -I$here/.. -L$own/lib -Wl,-rpath,$own/lib -lnuo" CFLAGS="-O2 -Wpedantic -Werror"
sh "$here/build.sh" "$NUO_NODE" || exit $?

case $1 in
  test)
    "$node" --expose-gc --test-reporter=tap "$here/test/nuo.test.js" >"$own/log" 2>&1
    status=$? passed=$(sed -n 's/^# pass //p' "$own/log") failed=$(sed -n 's/^# fail //p' "$own/log")
    [ $status -eq 0 ] || { cat "$own/log"; [ "${failed:-0}" -gt 0 ] || failed=1; }
    echo "RESULT ${passed:-0} ${failed:-1}"
    ;;
  conformance) "$node" "$here/test/conformance.js" "$build/conformance" "$root/tests/conformance" ;;
  bench)
    "$build/nuo" build -o "$own/bench.nuoi" "$root/tests/bench/policy.nuo" &&
      sh "$here/build.sh" "$own/baseline.node" "$here/bench/baseline_node.c" "$here/../baseline.c" "$root/tests/bench/events.c" &&
      "$node" "$here/bench/bench.js" "$own/bench.nuoi" "$own/baseline.node"
    ;;
  *) echo "run.sh test|conformance|bench BUILD" >&2; exit 2 ;;
esac

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh test|conformance|bench BUILD, see ../README.md. The package is built as it is after an installation, by a nuo.pc
# of its own that names the library in BUILD. Nothing is fetched, and nothing kept outside of BUILD.
set -e
command -v go >/dev/null || { echo "Go is not installed"; exit 77; }
build=$(cd "$2" && pwd) here=$(cd "$(dirname "$0")" && pwd) own=$build/bindings/go
root=$here/../../..
mkdir -p "$own/lib"
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so"
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so.0"
cat >"$own/nuo.pc" <<EOF
Name: nuo
Description: The runtime in the build directory
Version: 0
Cflags: -I$root/runtime
Libs: -L$own/lib -Wl,-rpath,$own/lib -lnuo
EOF
export PKG_CONFIG_PATH="$own" GOCACHE="$own/cache" GOPATH="$own/path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
# What is used after it was freed is not what it was.
export CGO_ENABLED=1 NUO="$build/nuo" MALLOC_PERTURB_=165
cd "$here"

test_package() {
  case $(go env GOARCH) in amd64 | arm64 | ppc64le) race=-race ;; *) race= ;; esac
  go vet ./... || echo "--- FAIL: go vet"
  go test $race -v -count=1 . || grep -q '^--- FAIL' "$own/log" || echo "--- FAIL: it does not compile, or the process ended"
}

case $1 in
  test)
    test_package >"$own/log" 2>&1
    failed=$(grep -c '^--- FAIL' "$own/log" || true)
    [ "$failed" = 0 ] || grep -v '^=== RUN\|^--- PASS' "$own/log"
    echo "RESULT $(grep -c '^--- PASS' "$own/log" || true) $failed"
    ;;
  conformance)
    go build -o "$own/conformance" ./conformance
    "$own/conformance" "$build/conformance" "$root/tests/conformance"
    ;;
  bench)
    "$build/nuo" build -o "$own/bench.nuoi" "$root/tests/bench/policy.nuo"
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -fPIC -shared -I"$root" -I"$root/runtime" -o "$own/lib/libbaseline.so" \
      ../baseline.c "$root/tests/bench/events.c" -L"$own/lib" -lnuo
    CGO_CFLAGS="-O2 -I$here/.." CGO_LDFLAGS="-L$own/lib" go run -tags bench ./bench "$own/bench.nuoi"
    ;;
esac

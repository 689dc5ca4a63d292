#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh test|conformance|bench BUILD, see ../README.md. The JDK is that of JAVA_HOME, or the one whose javac is found.
set -e
javac=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}javac") || { echo "A JDK is not installed"; exit 77; }
home=$(dirname "$(dirname "$(readlink -f "$javac")")")
[ -f "$home/include/jni.h" ] || { echo "A JDK is not installed: $home has no include/jni.h"; exit 77; }
build=$(cd "$2" && pwd) here=$(cd "$(dirname "$0")" && pwd) own=$build/bindings/java
root=$here/../../..
rm -rf "$own/classes"
mkdir -p "$own/lib" "$own/include" "$own/classes"
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so"
ln -sf "$build/libnuo.so" "$own/lib/libnuo.so.0"
cd "$here"

compile() { "$home/bin/javac" -Xlint:all -Werror --release 17 -cp "$own/classes" -h "$own/include" -d "$own/classes" "$@"; }
# link NAME SOURCE…: a library for the virtual machine.
link() {
  library=$own/lib/$1
  shift
  ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror -O2 -g -fPIC -fvisibility=hidden -shared -I"$root" \
    -I"$root/runtime" -I../go -I.. -I"$own/include" -I"$home/include" -I"$home/include/$(uname -s | tr 'A-Z' 'a-z')" \
    -o "$library" "$@" -L"$own/lib" -Wl,-rpath,"$own/lib" -lnuo
}
java() { "$home/bin/java" "$@"; }
run() { java -XX:ErrorFile="$own/crash.log" --enable-native-access=ALL-UNNAMED -Dnuo.library="$own/lib/libnuojni.so" -cp "$own/classes" "$@"; }

compile nuo/*.java
link libnuojni.so nuo_jni.c ../go/packed.c
case $1 in
  test)
    # Checked calls; memory that is not what it was when it was freed; and a heap that does not grow, for the test looks at
    # the size of the process. What the check says fails.
    compile test/*.java example/*.java
    export MALLOC_PERTURB_=165
    run -Xcheck:jni -Xms64m -Xmx64m -XX:+AlwaysPreTouch NuoTest "$build/nuo" "$here/../push.nuo" >"$own/log" 2>&1 || true
    grep -v '^RESULT ' "$own/log" || true
    set -- $(sed -n 's/^RESULT //p' "$own/log")
    checked=$(grep -c '^WARNING\|^FATAL' "$own/log" || true)
    echo "RESULT ${1:-0} $((${2:-1} + checked))"
    ;;
  conformance)
    compile conformance/*.java
    run Conformance "$build/conformance" "$root/tests/conformance"
    ;;
  bench)
    compile bench/*.java
    "$build/nuo" build -o "$own/bench.nuoi" "$root/tests/bench/policy.nuo"
    link libbaseline.so bench/baseline_jni.c ../baseline.c "$root/tests/bench/events.c"
    run Bench "$own/bench.nuoi" "$own/lib/libbaseline.so"
    ;;
esac

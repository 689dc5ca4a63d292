#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the stages of the test suite named on its command line (floors abi valgrind unit golden lexicons oracle conformance bindings nginx docs kill), all of them
# whatever fails, and ends with one line "N passed, M failed". Exit status 1 when something failed.
# Called by the Makefile with B (build directory), CC, SAN, ONLY (run what has this in its name), PAIRS, KILLS.
B=${B:-build} passed=0 failed=0 skipped=0
R=$B/results
rm -rf "$R" && mkdir -p "$R" || exit 1
unset NO_COLOR CLICOLOR_FORCE COLUMNS
export B CC SAN
export ASAN_OPTIONS="${ASAN_OPTIONS:-abort_on_error=0:detect_leaks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

# add NAME PASSED FAILED [SKIPPED]: counts, with a line to look at.
add() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + ${4:-0}))
  if [ "$3" -gt 0 ]; then note=", $3 FAILED"; else note=; fi
  if [ "${4:-0}" -gt 0 ]; then note="$note, $4 skipped"; fi
  printf '%-28s %6d passed%s\n' "$1" "$2" "$note"
}

# add_result NAME FILE: FILE is what a runner printed; its last line is "RESULT passed failed".
add_result() {
  grep -v '^RESULT ' "$2"
  set -- "$1" $(sed -n 's/^RESULT //p' "$2" | tail -1)
  add "$1" "${2:-0}" "${3:-1}"
}
# add_results NAME FILE: of several runners, each with such a line.
add_results() {
  grep -v '^RESULT ' "$2"
  set -- "$1" $(awk '$1 == "RESULT" {a += $2; b += $3} END {print a + 0, b + (a + b == 0)}' "$2")
  add "$@"
}

run_floors() {
  B=$B SAN=$SAN sh tests/floors.sh >"$R/floors" 2>&1
  add_result floors "$R/floors"
}

run_abi() {
  sh tests/abi.sh >"$R/abi" 2>&1
  if [ $? -eq 77 ]; then
    cat "$R/abi"
    add abi 0 0 1
  else
    add_result abi "$R/abi"
  fi
}

# A cmocka program tells its tests by "[ RUN ]" and "[ OK ]" lines; one that dies midway has failed the
# test it was in, and one that fails without saying which counts as one failure.
run_unit() {
  for source in tests/unit/test_*"$ONLY"*.c; do
    [ -f "$source" ] || continue
    name=$(basename "$source" .c) log=$R/$(basename "$source" .c)
    timeout -k 5 120 "$B/tests/unit/$name" >"$log" 2>&1
    status=$?
    set -- $(awk '/^\[ RUN  /{r++} /^\[       OK /{o++} /^\[  SKIPPED \] [0-9]+ test/{s+=$4} END {print r+0, o+0, s+0}' "$log")
    bad=$(($1 - $2 - $3))
    [ $status -ne 0 ] && [ $bad -eq 0 ] && bad=1
    if [ "$1" -eq 0 ]; then
      echo "$name: ran no test"
      bad=1
    fi
    if [ $bad -ne 0 ]; then
      grep -vE '^\[ +(RUN|OK) ' "$log"
      [ $status -eq 124 ] && echo "$name: stopped after 120 s"
      [ $status -gt 1 ] && echo "$name: exit status $status"
    fi
    add "$name" "$2" "$bad" "$3"
  done
}

# watched NAME COMMAND…: passes when it ends well and memcheck finds no mistake and no lost memory.
watched() {
  name=$1
  shift
  if timeout -k 5 600 valgrind -q --error-exitcode=99 --leak-check="${leaks:-full}" "$@" >"$R/valgrind" 2>"$R/memcheck"; then
    add "valgrind, $name" 1 0
  else
    cat "$R/memcheck"
    add "valgrind, $name" 0 1
  fi
}

# The unit tests, with every walk in which one allocation after the other fails, and 2,000 events of a platform's month. Tests
# that take minutes there are run when ONLY names them.
run_valgrind() {
  if ! command -v valgrind >/dev/null; then
    echo 'valgrind: skipped, for it is not installed'
    add valgrind 0 0 1
    return
  fi
  for source in tests/unit/test_*"$ONLY"*.c; do
    [ -f "$source" ] || continue
    name=$(basename "$source" .c)
    leaks=full
    [ "$name" != test_disk ] || leaks=no  # processes that it makes end in the midst of things
    case $ONLY$name in
      test_disk | test_match | test_steady | test_verify)
        echo "$name: left out, it takes minutes; make valgrind ONLY=${name#test_}"
        add "valgrind, $name" 0 0 1
        ;;
      *) watched "$name" "$B/tests/unit/$name" ;;
    esac
  done
  [ -z "$ONLY" ] || return 0
  "$B/tests/sample/generate" 2000 1 >"$R/events.jsonl"
  "$B/nuo" build -o "$R/platform.nuoi" rules/platform_cn/platform_cn.nuo.md
  watched 'nuo check' "$B/nuo" check rules/pledge_l2/pledge_l2.nuo.md
  watched 'nuo run, 2,000 events' "$B/nuo" run -q "$R/platform.nuoi" "$R/events.jsonl"
}

run_golden() {
  set -- tests/golden/*"$ONLY"*.case
  [ -f "$1" ] || return
  "$B/tests/golden_runner" "$B" "$@" >"$R/golden" 2>&1
  add_result golden "$R/golden"
}

run_lexicons() {
  "$B/tests/lexicon/lexicon" tests/lexicon/samples.txt rules/*/*.nuo.md >"$R/lexicons" 2>&1
  add_result lexicons "$R/lexicons"
}

# ask_oracle TITLE ARGUMENT…: one test, with what it prints when it fails.
ask_oracle() {
  title=$1
  shift
  if "$B/tests/oracle/oracle" "$@" >"$R/oracle" 2>&1; then
    add "$title" 1 0
  else
    cat "$R/oracle"
    add "$title" 0 1
  fi
}

run_oracle() {
  [ -x "$B/tests/oracle/oracle" ] || return
  ask_oracle "oracle, $PAIRS pairs" "$PAIRS"
  ask_oracle "claims, $((PAIRS / 200 + 1)) policies" --claims $((PAIRS / 200 + 1))
  ask_oracle "values, $((PAIRS / 200 + 1)) policies" --twins $((PAIRS / 200 + 1))
  ask_oracle "layout, $((PAIRS / 100 + 1)) policies" --layout $((PAIRS / 100 + 1))
}

# The same cases by every way to run Nuo; the languages that are not installed are named and counted as skipped.
run_conformance() {
  for way in images c run serve; do
    sh tests/conformance/run.sh "$way" >"$R/conformance_$way" 2>&1
    add_result "conformance, $way" "$R/conformance_$way"
  done
  [ ! -x "$B/tests/oracle/oracle" ] || run_fresh_cases
  ask_bindings conformance
}

# The oracle's way to write cases, tried on a few.
run_fresh_cases() {
  fresh=$B/conformance/fresh
  rm -rf "$fresh" && mkdir -p "$fresh"
  "$B/tests/oracle/oracle" --cases "$fresh" 4 --seed 100000 >"$R/fresh" 2>&1 || echo "RESULT 0 1" >>"$R/fresh"
  for way in images c run; do
    CASES=$fresh IMAGES=$fresh sh tests/conformance/run.sh "$way"
  done >>"$R/fresh" 2>&1
  add_results "conformance, fresh cases" "$R/fresh"
}

run_bindings() { ask_bindings test; }

# run_script NAME LOG COMMAND…: its results; exit status 77: what it needs is not installed, as it says.
run_script() {
  name=$1 log=$R/$2
  shift 2
  "$@" >"$log" 2>&1
  if [ $? -eq 77 ]; then
    cat "$log"
    add "$name" 0 0 1
  else
    add_result "$name" "$log"
  fi
}

# ask_bindings TASK: of each binding whose language is installed, by its own script (runtime/bindings/README.md).
ask_bindings() {
  for script in runtime/bindings/*/run.sh; do
    [ -f "$script" ] && [ -z "$SAN" ] || continue  # a host of another language has no sanitizer
    language=$(basename "${script%/run.sh}")
    run_script "$1, $language" "$1_$language" sh "$script" "$1" "$B"
  done
}

run_nginx() { run_script nginx nginx sh tests/nginx.sh; }

run_kill() {
  "$B/tests/kill_runner" "$B" "$KILLS" >"$R/kill" 2>&1
  add_result "kill, $KILLS times" "$R/kill"
}

# Every page of the documentation is turned into a golden case and run as one.
run_docs() {
  mkdir -p "$B/docs"
  set --
  for page in README.md $(find docs -name '*.md' 2>/dev/null | sort); do
    [ -f "$page" ] || continue
    made=$B/docs/$(echo "${page%.md}" | tr / _).case
    awk -f tests/docs.awk "$page" >"$made" || exit 1
    set -- "$@" "$made"
  done
  [ $# -gt 0 ] || return
  "$B/tests/golden_runner" "$B" "$@" >"$R/docs" 2>&1
  add_result docs "$R/docs"
}

for stage; do
  run_"$stage"
done
[ $skipped -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The set-up of docs/serve.md behind a real nginx: what stands there is what runs here, but for the addresses. Called by
# tests/run.sh with B set; prints what differs and, last, "RESULT passed failed". Exits with 77 where there is no nginx.
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null || { echo "nginx is not installed"; exit 77; }
B=$(cd "${B:-build}" && pwd)
dir=$(mktemp -d) passed=0 failed=0
trap 'kill $nuo $nginx 2>/dev/null; wait; rm -rf "$dir"' EXIT

awk -v dir="$dir" '/^```/ { file = file == "" && NF == 2 ? dir "/" $2 : ""; next } file != "" { print >file }' docs/serve.md
sed -e "s,unix:/run/nuo.sock,unix:$dir/nuo," -e "s,server 127.0.0.1:8080,server unix:$dir/gateway," -e "s,listen 80,listen unix:$dir/front," \
  -e "s,^http {,error_log $dir/errors; pid $dir/pid; daemon off; master_process off;\nhttp { access_log off; server { listen unix:$dir/gateway; return 200 \"sent\\\\n\"; }," \
  -e "s,^http {,&$(for t in client_body proxy fastcgi uwsgi scgi; do printf ' %s_temp_path %s;' $t "$dir/$t"; done)," "$dir/nginx.conf" >"$dir/conf"

"$B/nuo" serve --listen "unix:$dir/nuo" "$dir/gate.nuo" 2>"$dir/log" & nuo=$!
"$B/tests/request_runner" "$dir/nuo" GET /healthz </dev/null >"$dir/health"  # it waits for the socket
nginx -p "$dir" -c "$dir/conf" 2>"$dir/said" & nginx=$!

# expect STATUS TEXT METHOD PATH [HEADER...]: of one request, whose body is in $dir/body.
expect() {
  want=$1 text=$2
  shift 2
  got=$("$B/tests/request_runner" "$dir/front" "$@" <"$dir/body" | sed 's/ .*//;/^</d' | tr '\n' ' ')
  case $got in
    "$want $text"*) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); echo "nginx: $*: expected $want $text, got $got" ;;
  esac
}
send() { : >"$dir/body"; expect "$@"; }

send 200 sent GET '/send?title=hello' 'X-User: u1'
send 403 block GET '/send?title=%E5%BF%85%E4%B8%AD' 'X-User: u1'
# A body is neither read nor in the way, and what the sender says of the user or the time does not count.
echo '{"title":"x"}' >"$dir/body"
expect 200 sent POST '/send?title=a&kind=m' 'X-User: u2' 'Nuo-User: u9' 'Nuo-Time: 2000-01-01T00:00:00Z'
send 200 sent GET '/send?title=b&kind=m' 'X-User: u2' 'Nuo-Id: 1'
send 403 block GET '/send?title=c&kind=m' 'X-User: u2' 'Nuo-User: u9'
# Nothing passes that was not judged: no user, no title, another address; and it is not to be asked from outside.
send 500 '' GET '/send?title=hello'
send 500 '' GET /send 'X-User: u1'
send 404 '' GET '/ask?title=hello' 'X-User: u1'
# What has happened counts, when it has been judged.
send 200 sent GET '/send?title=d&kind=m' 'X-User: u3'
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
echo "{\"type\":\"complaint\",\"id\":\"c\",\"time\":\"$now\",\"user\":\"u3\"}" >"$dir/body"
expect 200 sent POST /complaints
for i in 1 2 3 4 5 6 7 8 9 10; do
  "$B/tests/request_runner" "$dir/nuo" GET /metrics </dev/null | grep -q 'verdict="allow"} 5' && break
  sleep 0.2
done
send 403 block GET '/send?title=e&kind=m' 'X-User: u3'
kill $nuo
wait $nuo
send 500 '' GET '/send?title=hello' 'X-User: u1'
[ $failed = 0 ] || cat "$dir/errors" "$dir/said" "$dir/log"
echo "RESULT $passed $failed"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh [ADDON [SOURCE…]]: makes the addon, ./build/nuo.node if no other file is named, by a plain C compiler: CC, CFLAGS, and the
# library that pkg-config finds, unless NUO_FLAGS says where it is. Node's headers are those beside it, or of libnode-dev.
here=$(cd "$(dirname "$0")" && pwd) addon=${1:-$(dirname "$0")/build/nuo.node}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- "$here/nuo_node.c" "$here/../go/packed.c"
node=$(command -v node) || { echo "Node is not installed"; exit 77; }
for headers in "$(dirname "$(readlink -f "$node")")/../include/node" "$(dirname "$node")/../include/node" /usr/include/node /usr/include/nodejs/src; do
  [ -f "$headers/node_api.h" ] && break
done
[ -f "$headers/node_api.h" ] || { echo "Node's headers are not installed (libnode-dev)"; exit 77; }
flags=${NUO_FLAGS:-$(pkg-config --cflags --libs nuo)} && mkdir -p "$(dirname "$addon")" || exit 1
case $(uname) in Darwin) late='-undefined dynamic_lookup' ;; *) late= ;; esac
${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra ${CFLAGS:--O2} -fPIC -fvisibility=hidden -shared $late \
  -I"$headers" -I"$here/../go" -o "$addon" "$@" $flags -pthread

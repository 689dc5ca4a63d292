# SPDX-License-Identifier: Apache-2.0
# The words of the compiler's tables, in both languages, as a dictionary for libFuzzer: what is not ASCII is
# written in bytes. Called by the Makefile in the C locale with keywords.def, types.def and builtins.def.
BEGIN {
  for (i = 1; i < 256; i++) byte[sprintf("%c", i)] = i
}
/^(KEYWORD|TYPE|BUILTIN)\(/ {
  # The English forms stand between the first two quotes, the Chinese ones between the next two.
  split($0, part, "\"")
  count = split(part[2] "|" part[4], form, "|")
  for (i = 1; i <= count; i++) entry(form[i])
}
function entry(word, out, k, c) {
  if (word in seen) return
  seen[word] = 1
  for (k = 1; k <= length(word); k++) {
    c = substr(word, k, 1)
    out = out (byte[c] < 128 ? c : sprintf("\\x%02x", byte[c]))
  }
  print "\"" out "\""
}

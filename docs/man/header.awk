# SPDX-License-Identifier: Apache-2.0
# The page nuo(3) out of public headers: what stands in comments between declarations as text, declarations with
# the comments in them as they are.
function escape(s) {
  gsub(/\\/, "\\e", s)
  gsub(/-/, "\\-", s)
  return s ~ /^[.']/ ? "\\&" s : s
}
function text() { if (code) print ".fi\n.RE"; code = 0 }
function verbatim() { if (!code) print ".RS 2\n.nf"; code = 1 }
BEGIN {
  print ".TH NUO 3 \"\" \"nuo " version "\" \"Nuo\"\n.SH NAME\nnuo \\- decide events against a compiled policy"
  print ".SH SYNOPSIS\n.nf\n#include <nuo.h>\n#include <nuo_log.h>\n#include <nuo_compile.h>\n"
  print "cc $(pkg-config \\-\\-cflags \\-\\-libs nuo)\ncc $(pkg-config \\-\\-cflags \\-\\-libs nuo\\-compiler)\n.fi\n.SH DESCRIPTION"
}
FNR == 1 { text(); name = FILENAME; sub(/.*\//, "", name); print ".SS <" escape(name) ">" }
/SPDX|^#|^extern "C"|^}$|^ *$/ { if ($0 !~ /^}$/ || !code) { if (code && /^ *$/) text(); if (!code) print ".PP"; next } }
/^\/\/ ---- .* ----$/ { text(); sub(/^\/\/ ---- /, ""); sub(/ ----$/, ""); print ".SS " escape($0); next }
/^\/\/   / { verbatim(); sub(/^\/\/   /, ""); print escape($0); next }
/^\/\// { text(); sub(/^\/\/ ?/, ""); if ($0 == "") print ".PP"; else print escape($0); next }
{ verbatim(); gsub(/NUO_API /, ""); print escape($0) }
END { text(); print ".SH SEE ALSO\n.BR nuo (1),\n.BR nuo (5),\n.BR nuo (7)" }

# SPDX-License-Identifier: Apache-2.0
"""gateway.py IMAGE: a gateway in miniature. Pushes come in on standard input, a line of JSON each, and one line goes
out for each: what to do with it. When the image has been replaced, the next push is decided by the new one; when
that cannot be used, the old one stays in force."""
import os
import sys
from typing import Optional, Tuple

import nuo


class Gateway:
    def __init__(self, path: str) -> None:
        self.path = path
        self.seen: Optional[Tuple[int, int]] = None  # when the image was written, and which file it was
        self.engine = nuo.Engine()
        self.reload()
        self.session = self.engine.session()

    def reload(self) -> None:
        """Whoever replaces the image renames a new file to its name: so it is never read half."""
        found = os.stat(self.path)
        if self.seen == (found.st_mtime_ns, found.st_ino):
            return
        first = self.seen is None
        self.seen = (found.st_mtime_ns, found.st_ino)
        try:
            program = nuo.Program.load(self.path)
            self.engine.use(program)
            print(f"version {program.info.version} is in force", file=sys.stderr)
        except nuo.NuoError as error:
            if first:
                raise
            print(f"the old version stays in force: {error}", file=sys.stderr)

    def answer(self, push: str) -> str:
        self.reload()
        try:
            decision = self.session.decide(push)
        except nuo.EventRefused as refused:
            return f"reject: {refused}"
        if decision.verdict.may_send:
            changes = (change.get("label") or "without " + change["strip"] for change in decision.amendments)
            return " ".join(["send", *changes])
        why = "; ".join(f"{finding.clause or finding.rule} {finding.message}".strip() for finding in decision.findings)
        return f"{decision.verdict.name.lower()}: {why}"


def main() -> None:
    gateway = Gateway(sys.argv[1])
    for line in sys.stdin:
        print(gateway.answer(line), flush=True)


if __name__ == "__main__":
    main()

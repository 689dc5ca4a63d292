# SPDX-License-Identifier: Apache-2.0
"""conformance.py IMAGES CASES: decides the cases of tests/conformance and compares each line."""
import os
import sys

import nuo


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def decide(images: str, cases: str, name: str) -> bytes:
    versions = [os.path.join(images, name + part + ".nuoi") for part in ("", ".with")]
    with nuo.Engine() as engine:
        engine.use(*[nuo.Program.load(path) for path in versions if os.path.exists(path)])
        with engine.session() as session:
            lines = read(os.path.join(cases, name + ".events.jsonl")).split(b"\n")[:-1]
            decisions = session.decide(lines)
            until = os.path.join(cases, name + ".until")
            if os.path.exists(until):
                decisions += session.advance(int(read(until).split()[0]))
            return "".join(decision.json + "\n" for decision in decisions).encode()


def main(images: str, cases: str) -> int:
    passed = failed = 0
    ending = ".events.jsonl"
    for name in sorted(file[: -len(ending)] for file in os.listdir(cases) if file.endswith(ending)):
        want, got = read(os.path.join(cases, name + ".decisions.jsonl")), decide(images, cases, name)
        if want == got:
            passed += 1
            continue
        failed += 1
        pairs = zip(want.split(b"\n") + [b"nothing"], got.split(b"\n") + [b"nothing"])
        number, (a, b) = next((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1])
        print(f"{name}: line {number}\n  expected {a.decode()}\n  decided  {b.decode()}")
    print(f"RESULT {passed} {failed}")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

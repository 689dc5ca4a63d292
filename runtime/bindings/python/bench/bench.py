# SPDX-License-Identifier: Apache-2.0
"""bench.py IMAGE BASELINE: the cost of a call, single and in batches, as a ratio to C. The two take turns in 61 rounds; told
are the median ratio, the span from the 10th to the 90th percentile, and both in the least disturbed tenth of the rounds.
BASELINE is ../../baseline.c as a library."""
import ctypes
import sys
import time
from typing import Callable, List

import nuo

EVENTS, ROUNDS = 1024, 61


def spread(values: List[float]) -> List[float]:
    values = sorted(values)
    return [values[ROUNDS // 10], values[ROUNDS // 2], values[ROUNDS - 1 - ROUNDS // 10]]


def measure(name: str, in_c: Callable[[], float], in_python: Callable[[], object]) -> None:
    base, ours = [], []
    in_python()
    for _ in range(ROUNDS):
        base.append(in_c() / EVENTS)
        start = time.perf_counter_ns()
        in_python()
        ours.append((time.perf_counter_ns() - start) / EVENTS)
    low, median, high = spread([mine / its for mine, its in zip(ours, base)])
    least, its = spread(ours)[0], spread(base)[0]
    print(f"Python {sys.version.split()[0]}, {name:<15} to C {median:.2f} ({low:.2f} - {high:.2f}); "
          f"undisturbed {least:5.0f} ns an event, C {its:5.0f}, {least / its:.2f}")


def main(image: str, library: str) -> None:
    baseline = ctypes.CDLL(library)
    baseline.baseline_begin.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    baseline.baseline_event.restype = ctypes.c_void_p
    baseline.baseline_single.restype = baseline.baseline_batches.restype = ctypes.c_double
    with open(image, "rb") as file:
        program = file.read()
    baseline.baseline_begin(program, len(program))
    events, size = [], ctypes.c_size_t()
    for number in range(EVENTS):
        at = baseline.baseline_event(ctypes.c_uint32(number), ctypes.byref(size))
        events.append(ctypes.string_at(at, size.value))
    batches = [events[i : i + nuo.BATCH] for i in range(0, EVENTS, nuo.BATCH)]
    with nuo.Engine() as engine:
        engine.use(nuo.Program.load(program))
        session = engine.session()
        measure("one by one", baseline.baseline_single, lambda: [session.decide(event) for event in events])
        measure("batches of 64", baseline.baseline_batches, lambda: [session.decide(batch) for batch in batches])


if __name__ == "__main__":
    main(*sys.argv[1:])

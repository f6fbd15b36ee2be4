"""How the figures are taken: seconds and peak memory of one process, medians with their spread."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple


class Measure(NamedTuple):
    seconds: float
    resident: int
    output: str


def number(name, default):
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        sys.exit(f"bench: {name} takes a whole number, not {text!r}")
    return int(text)


def measured(command, environment=None, ends_with=0):
    """Runs a command to its end. Peak memory is that of this very process, as the kernel counts it."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=output, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    if child.returncode != ends_with:
        sys.exit(f"bench: {' '.join(map(str, command))} ended with {child.returncode}\n{text}")
    return Measure(seconds, usage.ru_maxrss * 1024, text)


def spread(values, unit):
    return f"{statistics.median(values):8.2f}{unit:3} ({min(values):.2f} to {max(values):.2f})"


def report(title, measures):
    seconds = spread([measure.seconds for measure in measures], " s")
    peak = max(measure.resident for measure in measures) / 1e6
    print(f"  {title:40}{seconds}, peak {peak:,.0f} MB resident", flush=True)


def report_stages(measures, stages):
    """Of landings: the median of each stage, and what is left."""
    rest = [m.seconds - sum(s.values()) for m, s in zip(measures, stages)]
    parts = [f"{name} {statistics.median(s[name] for s in stages):.2f}" for name in stages[0]]
    print(f"  of it, seconds: {', '.join(parts)}, survey and set-up {statistics.median(rest):.2f}")

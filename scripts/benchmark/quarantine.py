"""Very many records that cannot be loaded: how long, in how much memory, and how much of them lies on the disk."""

import json
import subprocess

from .measure import report
from .workspace import PULIH

CONFIGURATION = """sources:
  crm:
    files:
      events:
        pattern: "events*.csv"
        delivery: delta
        limits: {records: none, percent: none}
        columns: {id: integer, name: text, amount: "decimal(12,2)", day: date, note: text}
        rules:
          - {not_null: name, severity: quarantine}
"""

# What is wrong with each record; the first are sound.
LINES = {
    "sound": lambda i: f"{i},Name number {i},{i}.25,2026-01-02,some note that is longer {i}\n",
    "structure": lambda i: f"{i},Name number {i},{i}.25,2026-01-02\n",
    "type": lambda i: f"x{i},Name number {i},{i}.25,2026-01-02,some note that is longer {i}\n",
    "rule": lambda i: f"{i},,{i}.25,2026-01-02,some note that is longer {i}\n",
}


def write_events(path, rows, kind):
    line = LINES[kind]
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.write("id,name,amount,day,note\n")
        file.writelines(line(i) for i in range(rows))
    return path


def run(bench, rows):
    """- Returns: peak memory in bytes, and whether every record was counted."""
    print(f"quarantine: {rows:,} records of 5 columns, all of them bad")
    peak, holds = 0, True
    for kind in LINES:
        file = write_events(bench.folder / f"events_{kind}.csv", rows, kind)
        measures = []
        for _ in range(bench.runs):
            path = bench.workspace(CONFIGURATION)
            bench.deliver(path, [file])
            bad = 0 if kind == "sound" else rows
            measures.append(bench.start(path, rows - bad)[0])
        report("none bad" if kind == "sound" else f"rule {kind}" if kind != "rule" else "a row rule", measures)
        peak = max(peak, *(measure.resident for measure in measures))
        if kind != "sound":
            counted, kept = counts(path)
            size = sum(part.stat().st_size for part in path.glob("data/**/rejected/**/*") if part.is_file())
            print(f"  {'':40}{counted:,} counted, {kept:,} kept with their text in {size / 1e6:.1f} MB on the disk")
            holds = holds and counted == rows
        file.unlink()
    return peak, holds


def counts(path):
    listed = subprocess.run(
        [PULIH, "-w", path, "quarantine", "client1", "--limit", "1", "--json"],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    told = json.loads(listed.stdout)
    return told["quarantined"], told["kept"]

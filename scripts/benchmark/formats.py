"""Workbooks and JSON: landings against DuckDB's bare readers of the same file, to Parquet, turn by turn."""

import subprocess
from collections.abc import Callable
from typing import NamedTuple

from .embedded import build_copy
from .measure import measured, report, spread
from .orders import COLUMNS
from .records import write_json, write_lines, write_workbook, write_wrapped
from .workspace import ROOT

EXTENSION = ROOT / ".deps" / "bench" / "excel.duckdb_extension"

PLAIN = {name: kind for name, (kind, _) in COLUMNS.items()}
# In JSON the customer is an object.
NESTED = {"customer.id": "integer", "customer.city": "text"} | {
    name: kind for name, kind in PLAIN.items() if name != "customer_id"
}


class Case(NamedTuple):
    title: str
    name: str
    write: Callable
    type: str
    columns: dict
    # DuckDB's reader of a file.
    reader: Callable
    section: str = ""
    before: tuple = ()

    def configuration(self):
        lines = "".join(f'          "{name}": {kind}\n' for name, kind in self.columns.items())
        return f"""sources:
  crm:
    files:
      orders:
        pattern: "{self.name}"
        type: {self.type}
        delivery: full
{self.section}        columns:
{lines}        rules:
          - not_null: order_id
          - {{range: quantity, min: 1, severity: warn}}
          - {{accepted: status, values: [OPEN, SHIPPED, DELIVERED, RETURNED]}}
"""


def unnested(file):
    """DuckDB holds the whole document at once."""
    reader = f"read_json('{file}', format = 'unstructured', maximum_object_size = {file.stat().st_size + 1})"
    return f"(SELECT unnest(data, recursive := true) FROM {reader})"


CASES = [
    Case(
        "XLSX", "orders.xlsx", write_workbook, "xlsx", PLAIN,
        lambda file: f"read_xlsx('{file}')", before=(f"LOAD '{EXTENSION}'",),
    ),
    Case(
        "NDJSON", "orders.ndjson", write_lines, "ndjson", NESTED,
        lambda file: f"read_json('{file}', format = 'newline_delimited')",
    ),
    Case(
        "JSON, an array", "orders_array.json", write_json, "json", NESTED,
        lambda file: f"read_json('{file}', format = 'array')",
    ),
    Case(
        "JSON, an array in an object", "orders_object.json", write_wrapped, "json", NESTED,
        unnested, section='        json: {records: "data[*]"}\n',
    ),
]  # fmt: skip


def compare(bench, copy, rows, case):
    """- Returns: peak memory of the landings in bytes."""
    file = case.write(bench.folder / case.name, rows)
    print(
        f"{case.title}: {rows:,} records, {file.stat().st_size:,} bytes, {len(case.columns)} columns, 3 row rules",
        flush=True,
    )
    target = bench.folder / "bare.parquet"
    landings, copies = [], []
    for _ in range(bench.runs):
        statement = f"COPY (FROM {case.reader(file)}) TO '{target}' (FORMAT parquet)"
        copies.append(measured([copy, f"SET threads = {bench.threads}", *case.before, statement]))
        target.unlink()
        landings.append(bench.landing(case.configuration(), [file], rows)[0])
    for what, measures in (("to bronze, all checks", landings), ("bare reader to Parquet", copies)):
        report(what, measures)
        print(f"  {'':40}{spread([rows / measure.seconds / 1000 for measure in measures], ' k')} records a second")
    ratios = [landing.seconds / copy.seconds for landing, copy in zip(landings, copies)]
    print(f"  {'ratio':40}{spread(ratios, ' ')}")
    file.unlink()
    return max(landing.resident for landing in landings)


def run(bench, rows):
    """- Returns: peak memory in bytes; nothing else is limited."""
    subprocess.run([ROOT / "scripts/bootstrap", "--bench"], check=True)
    copy = build_copy(bench)
    return max(compare(bench, copy, rows, case) for case in CASES), True

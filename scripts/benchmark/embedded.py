"""The embedded default: a large landing against DuckDB's bare COPY, and many small files."""

import subprocess

from . import recovery
from .measure import measured, report, report_stages, spread
from .workspace import ROOT, many_files

# The columns and rules that the retail example has for this file.
SALES = """
sources:
  crm:
    files:
      sales_details:
        pattern: "sales_details*.csv"
        delivery: full
        columns:
          sls_ord_num: text
          sls_prd_key: text
          sls_cust_id: integer
          sls_order_dt: integer
          sls_ship_dt: integer
          sls_due_dt: integer
          sls_sales: integer
          sls_quantity: integer
          sls_price: integer
        rules:
          - {unique: [sls_ord_num, sls_prd_key], severity: warn}
          - {range: sls_order_dt, min: 10000101, max: 99991231, severity: warn}
          - {range: sls_sales, min: 1, severity: warn}
          - row_count: {min_percent: 90, max_percent: 200}
"""


def build_copy(bench):
    program, lib = bench.folder / "copy", ROOT / ".deps" / "lib"
    subprocess.run(
        ["gcc", "-O2", "-o", program, ROOT / "scripts/benchmark/copy.c", f"-I{ROOT}/Sources/CDuckDB",
         f"-L{lib}", "-Wl,--no-as-needed", "-lduckdb", "-lpulih_pystub", f"-Wl,-rpath,{lib}"],
        check=True,
    )  # fmt: skip
    return program


def landing(bench, rows):
    """- Returns: peak memory in bytes."""
    generator = [ROOT / "examples/retail/generate.py", bench.folder / "exports", "--sales", str(rows)]
    subprocess.run(generator, check=True, stderr=subprocess.DEVNULL)
    file = bench.folder / "exports" / "sales_details.csv"
    with open(file, "rb") as lines:
        records = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b"")) - 1
    copy, target = build_copy(bench), bench.folder / "copy.parquet"
    version = subprocess.run([copy], check=True, capture_output=True, text=True).stdout.strip()
    print(f"embedded, DuckDB {version}")
    print(f"one file: {records:,} records, {file.stat().st_size:,} bytes, 9 columns, 4 row rules")

    landings, copies, stages = [], [], []
    for _ in range(bench.runs):
        sql = f"COPY (FROM read_csv('{file}')) TO '{target}' (FORMAT parquet)"
        copies.append(measured([copy, f"SET threads = {bench.threads}", sql]))
        target.unlink()
        measure, steps = bench.landing(SALES, [file], records)
        landings.append(measure)
        stages.append(steps)
    report("CSV to bronze, all checks", landings)
    report("bare COPY to Parquet", copies)
    ratios = [landing.seconds / copy.seconds for landing, copy in zip(landings, copies)]
    print(f"  {'ratio':40}{spread(ratios, ' ')}")
    report_stages(landings, stages)
    return max(landing.resident for landing in landings)


def run(bench, rows, files, recovered):
    """- Returns: peak memory in bytes, and whether recovery is within its limits."""
    peak = landing(bench, rows)
    many_files(bench, files, records=100)
    return peak, recovery.run(bench, recovered)

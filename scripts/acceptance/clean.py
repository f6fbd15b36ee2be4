"""A clean run: every expected figure, and the way back of a row."""

import os
import subprocess
import sys


def cases(program):
    yield "clean", lambda checks: figures(checks, program)
    yield "trace", lambda checks: trace(checks, program)


def figures(checks, program):
    workspace = program.loaded("clean")
    expected = program.retail / "expected.json"
    run = subprocess.run(
        [sys.executable, program.root / "scripts" / "check-retail", workspace.path, expected],
        env={**os.environ, "PULIH": str(program.binary)},
        capture_output=True,
        encoding="utf-8",
    )
    for line in run.stdout.splitlines():
        if line.startswith("WRONG"):
            checks.fail(line)
    summary = (run.stdout.splitlines() or [run.stderr.strip()])[-1]
    checks.check(f"figures of expected.json: {summary}", run.returncode == 0, summary)
    shown = workspace.json("show", "BATCH000001")
    for file in shown["files"]:
        found = file["loaded"] + file["quarantined"] + sum(file["skipped"].values())
        checks.equal(f"balance of {file['original_name']}", found, file["records"])


def trace(checks, program):
    """Customer 29466 stands three times in the CRM's file and once in each of the ERP's."""
    workspace = program.loaded("trace")
    words = ("trace", "client1", "gold_client1.dim_customers", "customer_id = 29466")
    found = {}
    for row in workspace.json(*words)["rows"]:
        for raw, chosen in origins(row, None):
            found.setdefault(raw["file"].removesuffix("_BATCH000001.csv"), []).append((raw, chosen))
    checks.equal(
        "raw records per file",
        {name: len(raws) for name, raws in sorted(found.items())},
        {"CUST_AZ12": 1, "LOC_A101": 1, "cust_info": 3},
    )
    chosen = [raw for raw, is_chosen in found.get("cust_info", []) if is_chosen]
    checks.equal("records marked as chosen", len(chosen), 1)
    if chosen:
        text = chosen[0]["text"]
        checks.check("the chosen one is the newest", text.endswith("2026-01-27"), text)
    for name, raws in sorted(found.items()):
        lines = (program.retail / f"{name}.csv").read_bytes().split(b"\r\n")
        for raw, _ in raws:
            checks.check(f"{name} names a SHA-256", len(raw["sha256"] or "") == 64, raw["sha256"])
            text = lines[raw["line"] - 1].decode()
            checks.equal(f"line {raw['line']} of {name} is the record", raw["text"], text)
    checks.golden("trace", workspace.must(*words), workspace.path)


def origins(node, chosen):
    """Raw records below a row, each with the mark it has there."""
    if node["chosen"] is not None:
        chosen = node["chosen"]
    if node["raw"]:
        yield node["raw"], chosen
    for branch in node["upstream"]:
        for row in branch["rows"]:
            yield from origins(row, chosen if row["chosen"] is None else row["chosen"])

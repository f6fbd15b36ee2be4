"""Broken deliveries, one at a time: the exact message, then the repair, then the gold of a clean run."""

import csv
import json

from .workspace import CLIENT

FIRST, SECOND = "BATCH000001", "BATCH000002"


def cases(program):
    for case in (
        renamed_header, letters_in_number, key_twice, cut_in_record, cut_at_boundary, delivered_again,
        unknown_file, misnamed_file,
    ):
        name = case.__name__.replace("_", "-")
        yield name, lambda checks, case=case, name=name: case(checks, program, name)


def original(program, name):
    return (program.retail / name).read_bytes()


def start(checks, workspace, name, exit):
    output = workspace.run("start", CLIENT)
    checks.equal("exit code of start", output.exit, exit)
    checks.golden(name, output, workspace.path)


def renamed_header(checks, program, name):
    """A column has a new name: configuration follows it."""
    workspace = program.applied(name)
    broken = original(program, "cust_info.csv").replace(b"cst_gndr", b"cst_gendr", 1)
    workspace.drop_all(cust_info=broken)
    start(checks, workspace, name, exit=4)
    workspace.configure("cst_gndr: text", "cst_gendr: {type: text, name: cst_gndr}")
    workspace.must("restart", CLIENT)
    workspace.check_gold_is_clean(checks)


def letters_in_number(checks, program, name):
    """Only that record waits in quarantine, and comes back corrected."""
    workspace = program.applied(name)
    lines = original(program, "sales_details.csv").split(b"\r\n")
    fields = lines[1000].split(b",")
    good, fields[7] = b",".join(fields), b"one"
    lines[1000] = b",".join(fields)
    workspace.drop_all(sales_details=b"\r\n".join(lines))
    start(checks, workspace, name, exit=0)

    records = workspace.json("quarantine", CLIENT)["records"]
    checks.equal("records in quarantine", len(records), 1)
    record = records[0]
    where = [record[key] for key in ("file", "record", "line", "column", "value")]
    checks.equal(
        "where and what", where, [f"sales_details_{FIRST}.csv", 1000, 1001, "sls_quantity", "one"]
    )
    checks.equal("byte offset", record["byte_offset"], sum(len(line) + 2 for line in lines[:1000]))
    checks.golden(f"{name}-quarantine", workspace.must("quarantine", CLIENT), workspace.path)
    checks.equal("status of the batch", workspace.json("show", FIRST)["status"], "WARNING")

    workspace.must("quarantine", "export", CLIENT, "--to", "bad.csv")
    correct(workspace.path / "bad.csv", good.decode())
    output = workspace.run("quarantine", "release", CLIENT, FIRST, "bad.csv")
    checks.golden(f"{name}-release", output, workspace.path)
    checks.equal("left in quarantine", workspace.json("quarantine", CLIENT)["records"], [])
    workspace.check_gold_is_clean(checks)


def correct(path, text):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["raw_text"] = text
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def key_twice(checks, program, name):
    """A key that must be unique stands there twice: the file is refused."""
    workspace = program.applied(name)
    whole = original(program, "LOC_A101.csv")
    again = whole.split(b"\r\n")[7] + b"\r\n"
    workspace.drop_all(LOC_A101=whole + again)
    start(checks, workspace, name, exit=4)
    workspace.must("replace", CLIENT, FIRST, "loc_a101", workspace.beside("LOC_A101.csv", whole))
    workspace.must("restart", CLIENT)
    workspace.check_gold_is_clean(checks)


def cut_in_record(checks, program, name):
    """A transfer that broke off inside a record: that record is in quarantine, the others are taken."""
    workspace = program.applied(name)
    whole = original(program, "cust_info.csv")
    cut = whole.index(b"\r\n29480,") + len(b"\r\n29480,AW0002")
    workspace.drop_all(cust_info=whole[:cut])
    start(checks, workspace, name, exit=0)
    output = workspace.must("quarantine", CLIENT)
    checks.golden(f"{name}-quarantine", output, workspace.path)
    checks.equal("records in quarantine", len(workspace.json("quarantine", CLIENT)["records"]), 1)
    workspace.must("replace", CLIENT, FIRST, "cust_info", workspace.beside("cust_info.csv", whole))
    workspace.must("restart", CLIENT)
    workspace.check_gold_is_clean(checks)


def cut_at_boundary(checks, program, name):
    """Cut where a record ends, every record is good; only the last good batch shows that some are missing."""
    workspace = program.loaded(name)
    whole = original(program, "sales_details.csv")
    workspace.drop("sales_details.csv", b"".join(whole.splitlines(keepends=True)[:40_001]))
    start(checks, workspace, name, exit=4)
    workspace.check_gold_is_clean(checks)
    file = workspace.beside("sales_details.csv", whole)
    workspace.must("replace", CLIENT, SECOND, "sales_details", file)
    workspace.must("restart", CLIENT)
    workspace.check_gold_is_clean(checks)


def delivered_again(checks, program, name):
    """The same files once more: skipped, each with its reason, and nothing is doubled."""
    workspace = program.loaded(name)
    workspace.drop_all()
    start(checks, workspace, name, exit=0)
    checks.equal("files left in incoming", incoming(workspace), [])
    checks.equal("batches", len(workspace.json("batches")), 1)
    workspace.must("reprocess", CLIENT)
    workspace.check_gold_is_clean(checks)


def unknown_file(checks, program, name):
    """A file that nothing matches is put aside; the audit names the nearest configuration."""
    workspace = program.applied(name)
    workspace.drop_all()
    workspace.drop("customers.csv", b"id,name\r\n1,Ann\r\n", source="crm")
    start(checks, workspace, name, exit=0)
    checks.check("it lies in failed", (workspace.folder("crm", "failed") / "customers.csv").exists())
    audited = [event["message"] for event in audit(workspace) if "customers.csv" in event["message"]]
    checks.check(
        "one audit row names the nearest configuration",
        len(audited) == 1 and "the nearest is crm.cust_info" in audited[0],
        audited,
    )
    workspace.must("restart", CLIENT)
    workspace.check_gold_is_clean(checks)


def misnamed_file(checks, program, name):
    """The customers come under a wrong name: nothing is published before they have the right one."""
    workspace = program.applied(name)
    workspace.drop_all()
    folder = workspace.folder("crm", "incoming")
    (folder / "cust_info.csv").rename(folder / "customers.csv")
    start(checks, workspace, name, exit=4)
    (workspace.folder("crm", "failed") / "customers.csv").rename(folder / "cust_info.csv")
    workspace.must("start", CLIENT, "--leave")
    workspace.check_gold_is_clean(checks)


def incoming(workspace):
    return sorted(f.name for source in ("crm", "erp") for f in workspace.folder(source, "incoming").iterdir())


def audit(workspace):
    for file in sorted((workspace.path / "audit").glob("*.ndjson")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)

"""The workbooks of xlsx-sheetjs: every sheet has a recorded outcome, and what has a CSV beside it equals that."""

import csv
import hashlib
import io
import json
import re
import types
import xml.etree.ElementTree as xml
import zipfile

from .workspace import CLIENT, Workspace


def cases(program):
    folder = program.data / "formats" / "xlsx-sheetjs"
    # What a workbook holds does not depend on where it goes.
    if folder.exists() and program.backend.name == "duckdb":
        yield "workbooks", lambda checks: workbooks(checks, program, folder)


def workbooks(checks, program, folder):
    tables = [
        (file, index, sheet, width)
        for file in sorted(folder.glob("*.xlsx"))
        for index, (sheet, width) in enumerate(sheets(file))
    ]
    workspace = Workspace(program, program.folder / "workbooks")
    (workspace.path / "sql").mkdir(parents=True)
    (workspace.path / "pulih.yml").write_text(configuration(tables), encoding="utf-8")
    workspace.must("apply", "--yes")
    for number, (file, *_) in enumerate(tables):
        workspace.drop(f"{number}_{file.name}", file.read_bytes(), source="books")
    ended = json.loads(workspace.run("start", CLIENT, "--json").stdout)
    refused = {
        int(found[1]): found[2]
        for found in (re.match(r"(\d+)_.*? was refused: (.*?); moved to ", text) for text in ended["findings"])
        if found
    }
    steps = {
        int(found[1]): step
        for step in ended["steps"]
        for found in [re.match(r"books\.t(\d+)/", step.get("thing", ""))]
        if found and step["status"] == "FAILED"
    }
    loaded, lines = {}, []
    for number, (file, index, sheet, width) in enumerate(tables):
        if number in refused:
            outcome = f"refused: {refused[number]}".replace(f"{number}_", "")
        elif number in steps:
            outcome = f"failed: {steps[number]['error']['summary']}".replace(f"{number}_", "")
        else:
            columns = ", ".join(f"c{column}" for column in range(width))
            text = workspace.must(
                "query", "--csv", f"SELECT {columns} FROM bronze_{CLIENT}.books_t{number} ORDER BY dwh_source_row"
            ).stdout
            rows = list(csv.reader(io.StringIO(text)))[1:]
            loaded[file.name, index] = rows
            digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]
            outcome = f"{len(rows)} rows, {digest}"
        lines.append(f"{file.name} | {sheet} | {outcome}")
    output = types.SimpleNamespace(exit=ended["exit_code"] if "exit_code" in ended else 0, stdout="\n".join(lines) + "\n")
    checks.golden("workbooks", output, str(workspace.path))

    # The sheet of the first is its CSV; those of the second, whose rows are hidden by filters, are all there too.
    for name, suffix in (("sushi.xlsx", ""), ("AutoFilter.xlsx", ".xls")):
        for index in range(len(sheets(folder / name))):
            path = folder / f"{name}{suffix}.{index}.csv"
            with path.open(encoding="utf-8-sig", newline="") as file:
                expected = [row for row in csv.reader(file) if any(row)]
            checks.equal(f"{name} sheet {index + 1} equals {path.name}", loaded.get((name, index)), expected)


def sheets(file):
    """Names, and the columns that the cells of each take, read in another way than Pulih's."""
    with zipfile.ZipFile(file) as archive:
        parts = {name.lower(): name for name in archive.namelist()}

        def part(name):
            return xml.fromstring(archive.read(parts[name.lower()]))

        main = next(
            entry.get("Target") for entry in part("_rels/.rels") if entry.get("Type").endswith("/officeDocument")
        ).removeprefix("/")
        home, _, name = main.rpartition("/")
        home += "/" if home else ""
        targets = {
            entry.get("Id"): entry.get("Target") for entry in part(f"{home}_rels/{name}.rels")
        }
        found = []
        for element in part(main).iter():
            if element.tag.endswith("}sheet"):
                identity = next(value for key, value in element.attrib.items() if key.endswith("}id"))
                target = targets.get(identity, "")
                path = (target[1:] if target.startswith("/") else home + target).lower()
                text = archive.read(parts[path]).decode("utf-8") if path in parts else ""
                found.append((element.get("name"), width(text)))
        return found


def width(text):
    names = re.findall(r'<(?:\w+:)?c [^>]*?r="([A-Z]+)\d+"', text)
    return max((number(name) for name in names), default=1)


def number(letters):
    value = 0
    for letter in letters:
        value = value * 26 + ord(letter) - 64
    return value


def configuration(tables):
    lines = ["pulih: 1", "settings: {settle_seconds: 0}", "clients: {client1: {id: 1}}", "sources:"]
    lines += ["  books:", "    files:"]
    for index, (file, _, sheet, width) in enumerate(tables):
        columns = ", ".join(f"c{column}: {{type: text, required: false}}" for column in range(width))
        lines += [
            f"      t{index}:",
            f"        pattern: {json.dumps(f'{index}_{file.name}')}",
            "        type: xlsx",
            "        delivery: full",
            "        duplicates: warn",
            "        empty: accept",
            f"        xlsx: {{sheet: {json.dumps(sheet, ensure_ascii=False)}, header: false}}",
            f"        columns: {{{columns}}}",
        ]
    return "\n".join(lines) + "\n"

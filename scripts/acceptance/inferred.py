"""What `infer` proposes for the real files is applied as it stands, and every record of them is loaded."""

import json
import types

from .workspace import CLIENT, Workspace

# A person decides on these; the proposal stands as it is.
DECIDED = "        limits: {records: none, percent: none}\n        duplicates: warn\n        empty: accept\n"


def cases(program):
    formats = program.data / "formats"
    # A proposal does not depend on where the rows go.
    if formats.exists() and program.backend.name == "duckdb":
        yield "inferred", lambda checks: inferred(checks, program, formats)


def inferred(checks, program, formats):
    files = [
        *sorted((formats / "csv-spectrum" / "csvs").glob("*.csv")),
        *sorted((formats / "csv-spectrum" / "json").glob("*.json")),
        *sorted((formats / "xlsx-sheetjs").glob("*.xlsx")),
        *sorted(program.retail.glob("*.csv")),
        *sorted((program.root / "examples" / "health" / "data").glob("*.json")),
    ]
    folder = program.folder / "inferring"
    folder.mkdir(parents=True)
    # Names that no two share, so that each is a file of the configuration.
    named = {f"t{number}{file.suffix}": file for number, file in enumerate(files)}
    proposals, lines = {}, []
    for name, file in named.items():
        (folder / name).write_bytes(file.read_bytes())
        output = program.run("infer", name, "--json", cwd=folder)
        if output.exit:
            why = program.run("infer", name, cwd=folder).stderr
            lines.append(f"{file.name} | exit {output.exit} | {first(why, folder, name)}")
        else:
            proposals[name] = json.loads(output.stdout)

    workspace = Workspace(program, program.folder / "inferred")
    (workspace.path / "sql").mkdir(parents=True)
    entries = [entry["yaml"] for tables in proposals.values() for entry in tables]
    text = "pulih: 1\nsettings: {settle_seconds: 0}\nclients: {client1: {id: 1}}\nsources:\n  s:\n    files:\n"
    text += "".join(entry.replace("        delivery: full", DECIDED + "        delivery: full", 1) for entry in entries)
    (workspace.path / "pulih.yml").write_text(text, encoding="utf-8")
    workspace.must("apply", "--yes")
    for name in proposals:
        workspace.drop(name, named[name].read_bytes(), source="s")
    ended = json.loads(workspace.run("start", CLIENT, "--json").stdout)
    checks.equal("no file is refused", ended["findings"] and [f for f in ended["findings"] if "was refused" in f], [])
    shown = workspace.json("show")
    found = {entry["logical_source_file"].rpartition(".")[2]: entry for entry in shown["files"]}
    for name, tables in proposals.items():
        for entry in tables:
            took = found.get(key(entry["yaml"]))
            told = sum(int(remark.split()[0]) for remark in entry["remarks"] if "record(s) " in remark)
            checks.check(
                f"{named[name].name}{' ' + entry['table'] if entry['table'] else ''} loads as it was proposed",
                took is not None and took["loaded"] == entry["records"] - told,
                took and (took["loaded"], took["quarantined"], took["convert_status"], entry["records"]),
            )
            lines.append(
                f"{named[name].name} | {entry['table'] or ''} | {entry['type']}, {entry['records']} records | "
                + ", ".join(columns(entry["yaml"]))
            )
    checks.golden("inferred", types.SimpleNamespace(exit=0, stdout="\n".join(lines) + "\n"), str(workspace.path))


def key(yaml):
    """The name of the file in the configuration."""
    return next(line.strip(" :") for line in yaml.splitlines() if line[:6].isspace() and line[6] not in "# ")


def columns(yaml):
    """Names and types, without the comments."""
    lines = yaml.partition("        columns:\n")[2].splitlines()
    return [line.split("   #")[0].strip() for line in lines if line.startswith("          ") and line[10] != " "]


def first(text, folder, name):
    return text.strip().splitlines()[0].replace(f"{folder}/", "").replace(name, "FILE")

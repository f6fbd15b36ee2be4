"""The files of csv-spectrum: bronze must hold exactly what their JSON says."""

import json

from .workspace import CLIENT, Workspace

# The CSV and the JSON of this pair differ in one cell upstream; the CSV is what is read.
UPSTREAM_DIFFERENCE = {
    "location_coordinates": ("Contact Phone Number", "1234567890", "2095257564"),
}


def cases(program):
    folder = program.data / "formats" / "csv-spectrum"
    if folder.exists():
        yield "csv-spectrum", lambda checks: spectrum(checks, program, folder)


def spectrum(checks, program, folder):
    expected = {file.stem: rows(folder, file.stem) for file in sorted((folder / "csvs").glob("*.csv"))}
    workspace = Workspace(program, program.folder / "csv-spectrum")
    workspace.path.mkdir()
    (workspace.path / "sql").mkdir()
    (workspace.path / "pulih.yml").write_text(configuration(expected), encoding="utf-8")
    workspace.must("apply", "--yes")
    for name in expected:
        workspace.drop(f"{name}.csv", (folder / "csvs" / f"{name}.csv").read_bytes(), source="spectrum")
    workspace.must("start", CLIENT)
    for name, wanted in expected.items():
        found = workspace.query(
            f"SELECT * EXCLUDE (dwh_batch_id, dwh_source_file, dwh_source_row, dwh_loaded_at)"
            f" FROM bronze_{CLIENT}.spectrum_{name} ORDER BY dwh_source_row"
        )
        wanted = [{key.lower(): value for key, value in row.items()} for row in wanted]
        checks.equal(f"{name}.csv reads as its JSON says", found, wanted)


def rows(folder, name):
    content = json.loads((folder / "json" / f"{name}.json").read_text(encoding="utf-8"))
    content = content if isinstance(content, list) else [content]
    if name in UPSTREAM_DIFFERENCE:
        column, old, new = UPSTREAM_DIFFERENCE[name]
        content = [{**row, column: new if row[column] == old else row[column]} for row in content]
    return content


def configuration(files):
    lines = ["pulih: 1", "settings: {settle_seconds: 0}", "clients: {client1: {id: 1}}", "sources:"]
    lines += ["  spectrum:", "    files:"]
    for name, content in files.items():
        lines += [
            f"      {name}:",
            f'        pattern: "{name}.csv"',
            "        delivery: full",
            "        csv: {nulls: []}  # the JSON tells an empty text from none",
            "        columns:",
        ]
        lines += [f"          {json.dumps(column)}: text" for column in content[0]]
    return "\n".join(lines) + "\n"

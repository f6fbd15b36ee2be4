"""The files of csv-spectrum: bronze must hold exactly what their JSON says."""

import json

from . import workbooks
from .workspace import CLIENT, Workspace

# The CSV and the JSON of this pair differ in one cell upstream; the CSV is what is read.
UPSTREAM_DIFFERENCE = {
    "location_coordinates": ("Contact Phone Number", "1234567890", "2095257564"),
}
# These had CRLF line ends before they went through git. As they lie there, their JSON counts without CR; with
# the line ends restored it counts to the letter.
LOST_CR = "_crlf"


def cases(program):
    folder = program.data / "formats" / "csv-spectrum"
    if folder.exists():
        yield "csv-spectrum", lambda checks: spectrum(checks, program, folder)
    yield from workbooks.cases(program)


def spectrum(checks, program, folder):
    files = {}
    for file in sorted((folder / "csvs").glob("*.csv")):
        content, wanted = file.read_bytes(), rows(folder, file.stem)
        if file.stem.endswith(LOST_CR) and b"\r" not in content:
            files[f"{file.stem}_restored"] = (content.replace(b"\n", b"\r\n"), wanted)
            wanted = [{key: value.replace("\r", "") for key, value in row.items()} for row in wanted]
        files[file.stem] = (content, wanted)

    workspace = Workspace(program, program.folder / "csv-spectrum")
    (workspace.path / "sql").mkdir(parents=True)
    text = configuration(files)
    locations = program.backend.locations(workspace)
    for word, value in zip(locations[::2], locations[1::2]):
        text += f"{word.removeprefix('--')}: {value}\n"
    (workspace.path / "pulih.yml").write_text(text, encoding="utf-8")
    workspace.must("apply", "--yes")
    for name, (content, _) in files.items():
        workspace.drop(f"{name}.csv", content, source="spectrum")
    workspace.must("start", CLIENT)
    for name, (_, wanted) in files.items():
        columns = ", ".join('"' + key.lower().replace('"', '""') + '"' for key in wanted[0])
        found = workspace.query(
            f"SELECT {columns} FROM bronze_{CLIENT}.spectrum_{name} ORDER BY dwh_source_row"
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
    for name, (_, wanted) in files.items():
        lines += [
            f"      {name}:",
            f'        pattern: "{name}.csv"',
            "        delivery: full",
            "        csv: {nulls: []}  # the JSON tells an empty text from none",
            "        columns:",
        ]
        lines += [f"          {json.dumps(column)}: text" for column in wanted[0]]
    return "\n".join(lines) + "\n"

"""A workspace of the real retail files, and the program that works in it."""

import json
import os
import shutil
import subprocess
from typing import NamedTuple

from .checks import Broken

CLIENT = "client1"
SOURCES = {
    "cust_info.csv": "crm",
    "prd_info.csv": "crm",
    "sales_details.csv": "crm",
    "CUST_AZ12.csv": "erp",
    "LOC_A101.csv": "erp",
    "PX_CAT_G1V2.csv": "erp",
}


class Output(NamedTuple):
    exit: int
    stdout: str
    stderr: str


class Program:
    """The binary, and the workspaces that cases start from: each is made once and copied."""

    def __init__(self, binary, root, data, folder, backend):
        self.binary, self.root, self.data, self.folder = binary, root, data, folder
        self.backend = backend
        self.retail = data / "retail"
        self._made = {}

    def run(self, *words, cwd=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PULIH")}
        command = [self.binary, *words]
        run = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=300
        )
        return Output(run.returncode, run.stdout, run.stderr)

    def applied(self, name):
        """A copy of the example with its configuration applied and no file yet."""
        return self._copy("applied", name, self._make_applied)

    def loaded(self, name):
        """A copy of a workspace that has loaded the six files as BATCH000001."""
        return self._copy("loaded", name, self._make_loaded)

    def clean_gold(self):
        """What every repaired case must end with."""
        if "gold" not in self._made:
            self._made["gold"] = self.loaded("clean gold").fingerprint("gold")
        return self._made["gold"]

    def _copy(self, kind, name, make):
        if kind not in self._made:
            self._made[kind] = make(Workspace(self, self.folder / f"base-{kind}"))
        target = self.folder / name.replace(" ", "-")
        return self._copy_of(self._made[kind], target)

    def _copy_of(self, workspace, target):
        shutil.copytree(workspace.path, target, symlinks=True)
        self.backend.copied(target)
        return Workspace(self, target)

    def _make_applied(self, workspace):
        words = ["--example", self.backend.example, *self.backend.locations(workspace)]
        workspace.must("init", str(workspace.path), *words, at=False)
        workspace.configure("pulih: 1\n", "pulih: 1\nsettings: {settle_seconds: 0}\n")
        return workspace

    def _make_loaded(self, workspace):
        self._copy_of(self.applied("base"), workspace.path)
        workspace.drop_all()
        workspace.must("start", CLIENT)
        return workspace


class Workspace:
    def __init__(self, program, path):
        self.program, self.path = program, path

    # what verbs do

    def run(self, *words, at=True):
        """Runs a verb inside the workspace, as a person would."""
        return self.program.run(*words, cwd=self.path if at else None)

    def must(self, *words, exit=0, at=True):
        output = self.run(*words, at=at)
        if output.exit != exit:
            said = output.stdout + output.stderr
            raise Broken(f"pulih {' '.join(words)} ended with {output.exit}, expected {exit}\n{said}")
        return output

    def json(self, *words, exit=0):
        return json.loads(self.must(*words, "--json", exit=exit).stdout)

    def query(self, sql):
        return self.json("query", sql)

    def configure(self, old, new):
        """Edits pulih.yml and applies it."""
        file = self.path / "pulih.yml"
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise Broken(f"pulih.yml holds {old!r} {text.count(old)} times")
        file.write_text(text.replace(old, new), encoding="utf-8")
        self.must("apply", "--yes")

    # files

    def folder(self, source, place):
        return self.path / "raw" / CLIENT / source / place

    def drop(self, name, content=None, source=None):
        """Puts a file into incoming: the real one, or other bytes under its name."""
        if content is None:
            content = (self.program.retail / name).read_bytes()
        (self.folder(source or SOURCES[name], "incoming") / name).write_bytes(content)

    def drop_all(self, **changed):
        """The six files; those named (without `.csv`) with other bytes."""
        for name in SOURCES:
            self.drop(name, changed.get(name.removesuffix(".csv")))

    def beside(self, name, content):
        """A file that a person holds ready, outside the folders that Pulih looks into."""
        path = self.path / "corrected" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path.relative_to(self.path))

    # fingerprints

    def fingerprint(self, *layers):
        """Rows and an order-independent hash of every table and view of these layers, bronze without its
        loading time."""
        schemas = ", ".join(f"'{layer}_{CLIENT}'" for layer in layers)
        backend = self.program.backend
        tables = self.query(backend.relations(schemas))
        names = [f"{row['s']}.{row['t']}" for row in tables]
        parts = [
            f"SELECT '{name}' AS name, count(*) AS rows, {backend.hash()} AS hash"
            f" FROM ({backend.selection(name)}) AS t"
            for name in names
        ]
        if not parts:
            raise Broken(f"there is no table in {schemas}")
        found = self.query(" UNION ALL ".join(parts))
        return {row["name"]: (row["rows"], row["hash"]) for row in found}

    def check_gold_is_clean(self, checks):
        checks.same("gold equals that of the clean run", self.fingerprint("gold"), self.program.clean_gold())


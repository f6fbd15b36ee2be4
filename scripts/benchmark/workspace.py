"""Workspaces to measure in, each new, so that no run finds what an earlier one left."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from .measure import measured, report, spread

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PULIH = pathlib.Path(os.environ.get("PULIH", ROOT / ".build" / "release" / "pulih")).absolute()


class Bench:
    """What all figures share: where files go and how large things are."""

    def __init__(self, folder, runs, threads, memory):
        self.folder, self.runs, self.threads, self.memory = folder, runs, threads, memory
        self.settings = (
            f"settings: {{settle_seconds: 0, threads: {threads}, parallel_steps: {threads},"
            f" memory_limit: {memory}}}\n"
        )

    def workspace(self, configuration, name="workspace", clients="{client1: {id: 1}}", models=()):
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        (path / "sql").mkdir(parents=True)
        (path / "pulih.yml").write_text(f"pulih: 1\n{self.settings}clients: {clients}\n{configuration}")
        for model, sql in models:
            (path / "sql" / model).parent.mkdir(parents=True, exist_ok=True)
            (path / "sql" / model).write_text(sql)
        subprocess.run([PULIH, "-w", path, "apply", "--yes"], check=True, stdout=subprocess.DEVNULL)
        return path

    def deliver(self, path, files, client="client1", source="crm"):
        """A link is a delivery without copying."""
        for file in files:
            os.link(file, path / "raw" / client / source / "incoming" / file.name)

    def start(self, path, records, client="client1", environment=None):
        """Carries what was delivered. - Returns: its measure, and seconds by stage."""
        measure = measured([PULIH, "-w", path, "start", client, "--quiet", "--json"], environment)
        result = json.loads(measure.output)
        loaded = sum(step["rows"] or 0 for step in result["steps"] if step["stage"] == "load_bronze")
        if result["status"] not in ("SUCCESS", "WARNING") or loaded != records:
            message = f"{result['status']}, {loaded:,} of {records:,} records loaded: {result['message']}"
            sys.exit(f"bench: {message}")
        stages = {}
        for step in result["steps"]:
            seconds = (step["ended_at"] - step["started_at"]) / 1e6
            stages[step["stage"]] = stages.get(step["stage"], 0) + seconds
        return measure, stages

    def landing(self, configuration, files, records):
        path = self.workspace(configuration)
        self.deliver(path, files)
        return self.start(path, records)

    def small_files(self, count, records):
        """CSV files of the same kind with ids that never repeat."""
        folder = self.folder / f"many-{count}"
        folder.mkdir(exist_ok=True)
        files = [folder / f"events_{n:05}.csv" for n in range(count)]
        for n, file in enumerate(files):
            numbers = range(n * records, (n + 1) * records)
            lines = (f"{i},name {i},{i % 997}.50,2026-01-{i % 28 + 1:02}\n" for i in numbers)
            file.write_text("id,name,amount,day\n" + "".join(lines))
        return files


EVENTS = """
sources:
  crm:
    files:
      events:
        pattern: "events*.csv"
        delivery: delta
        columns: {id: bigint, name: text, amount: "decimal(12,2)", day: date}
        rules:
          - not_null: id
"""


def many_files(bench, count, records, configuration=lambda: EVENTS):
    """Cost of each further file of a batch, from batches of one and of many, each in a workspace of its own."""
    print(f"many files: {records} records each, 4 columns, 1 row rule")
    files = bench.small_files(count, records)
    single, batch = [], []
    for _ in range(bench.runs):
        single.append(bench.landing(configuration(), files[:1], records)[0])
        batch.append(bench.landing(configuration(), files, count * records)[0])
    report("batch of 1 file", single)
    report(f"batch of {count:,} files", batch)
    if count > 1:
        costs = [(b.seconds - s.seconds) / (count - 1) * 1000 for b, s in zip(batch, single)]
        print(f"  {'each further file':40}{spread(costs, ' ms')}")

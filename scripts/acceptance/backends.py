"""Where a workspace keeps its catalog and its tables, and what differs for the cases because of that."""

import pathlib
import re

CLIENT = "client1"


class Embedded:
    """SQLite and DuckDB files inside the workspace."""

    name = "duckdb"
    example = "retail"
    cases = None

    def locations(self, _):
        return []

    def copied(self, _):
        pass

    def stop(self):
        pass

    def selection(self, table):
        columns = "* EXCLUDE (dwh_loaded_at)" if table.startswith("bronze") else "*"
        return f"SELECT {columns} FROM {table}"

    def hash(self):
        return "CAST(sum(hash(t)) AS text)"

    def relations(self, schemas):
        """Tables and views; names that begin with `__` are what a batch that failed has built."""
        return (
            "SELECT table_schema AS s, table_name AS t FROM information_schema.tables"
            f" WHERE table_schema IN ({schemas}) AND NOT starts_with(table_name, '__')"
            " ORDER BY table_schema, table_name"
        )


class PostgreSQL:
    """A server of the run's own; each workspace has a database in it."""

    name = "postgresql"
    example = "retail"
    cases = None

    def __init__(self, server):
        self.server = server
        self.made = 0

    def locations(self, _):
        """Words for `pulih init`."""
        url = self.server.create(self.next())
        return ["--catalog", url, "--warehouse", url]

    def copied(self, workspace):
        """Gives a copied workspace a copy of the database, and of nothing else."""
        file = pathlib.Path(workspace) / "pulih.yml"
        text = file.read_text(encoding="utf-8")
        found = set(re.findall(re.escape(self.server.url("")) + r"(\w+)", text))
        for old in found:
            new = self.server.create(self.next(), template=old)
            text = text.replace(self.server.url(old), new)
        file.write_text(text, encoding="utf-8")

    def next(self):
        self.made += 1
        return f"accept_{self.made}"

    def stop(self):
        self.server.stop()

    def selection(self, table):
        columns = "*"
        if table.startswith("bronze"):
            # Everything but the loading time.
            columns = "to_jsonb(r) - 'dwh_loaded_at'"
        return f"SELECT {columns} FROM {table} AS r"

    def hash(self):
        return "CAST(sum(CAST(hashtextextended(CAST(t AS text), 0) AS numeric)) AS text)"

    def relations(self, schemas):
        """Tables and views, those too that the information schema does not list."""
        return (
            "SELECT n.nspname AS s, c.relname AS t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE n.nspname IN ({schemas}) AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY n.nspname, c.relname"
        )


class Procedures(PostgreSQL):
    """The same tables, made by stored procedures."""

    name = "procedures"
    example = "retail-procedures"
    cases = ("clean", "second-delivery", "identity")

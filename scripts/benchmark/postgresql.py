"""PostgreSQL: landings against a bare psql \\copy, publishing by share of change, many files, two clients."""

import subprocess
import threading
import time

from servers.postgres import Postgres

from . import recovery
from .measure import measured, report, report_stages, spread
from .orders import COLUMNS, ORDERS, write_orders
from .workspace import EVENTS, PULIH, many_files

def configuration(url):
    return f"catalog: {url}\nwarehouse: {url}\n{ORDERS}"


def psql(url, statement):
    return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]


def landing(bench, server, rows, runs):
    """One file against psql's \\copy of it into a plain logged table. - Returns: peak memory in bytes."""
    file = write_orders(bench.folder / f"orders_{rows}.csv", rows)
    print(f"one file: {rows:,} records, {file.stat().st_size:,} bytes, {len(COLUMNS)} columns, 3 row rules")
    typed = ", ".join(f"{name} {kind}" for name, (_, kind) in COLUMNS.items())
    landings, copies, stages = [], [], []
    for _ in range(runs):
        url = server.create("bare")
        subprocess.run(psql(url, f"CREATE TABLE orders ({typed})"), check=True)
        server.sql("CHECKPOINT")
        copies.append(measured(psql(url, f"\\copy orders FROM '{file}' WITH (FORMAT csv, HEADER)")))
        server.drop("bare")
        url = server.create("pulih")
        path = bench.workspace(configuration(url))
        bench.deliver(path, [file])
        server.sql("CHECKPOINT")
        measure, steps = bench.start(path, rows)
        server.drop("pulih")
        landings.append(measure)
        stages.append(steps)
    report("CSV to bronze, all checks", landings)
    report("bare psql \\copy", copies)
    ratios = [landing.seconds / copy.seconds for landing, copy in zip(landings, copies)]
    print(f"  {'ratio':40}{spread(ratios, ' ')}")
    report_stages(landings, stages)
    file.unlink()
    return max(landing.resident for landing in landings)


class Readers:
    """Connections that count and sum without pause, until told to stop; whatever is not whole is a fault."""

    def __init__(self, url, rows, count=2):
        self.faults, self.reads, self.longest = [], 0, 0.0
        self.stopped = threading.Event()
        self.url, self.rows = url, rows
        self.threads = [threading.Thread(target=self.read) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def read(self):
        """One psql for all statements, as a reporting tool keeps its connection."""
        process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-d", self.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        while not self.stopped.is_set():
            began = time.monotonic()
            process.stdin.write("SELECT count(*), count(DISTINCT quantity > 10) FROM silver_client1.orders;\n")
            process.stdin.flush()
            line = process.stdout.readline().strip()
            self.longest = max(self.longest, time.monotonic() - began)
            self.reads += 1
            if line.split("|")[0] != str(self.rows):
                self.faults.append(line)
            time.sleep(0.2)
        process.stdin.close()
        process.wait()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def publishing(bench, server, rows):
    """How long publish takes when a share of a table's rows changed, with readers throughout."""
    model = (
        "/* ---\nmaterialized: table\nunique_key: order_id\n--- */\n"
        f"SELECT {', '.join(COLUMNS)} FROM {{{{ bronze }}}}.crm_orders_current\n"
    )
    url = server.create("publishing")
    path = bench.workspace(configuration(url), models=[("silver/orders.sql", model)])
    first = write_orders(bench.folder / "orders_0.csv", rows)
    bench.deliver(path, [first])
    _, stages = bench.start(path, rows)
    print(f"publishing a table of {rows:,} rows; first publication {stages['publish']:.2f} s")
    for number, share in enumerate((0.001, 0.01, 1.0), 1):
        file = write_orders(bench.folder / f"orders_{number}.csv", rows, share, seed=number)
        bench.deliver(path, [file])
        readers = Readers(url, rows)
        _, stages = bench.start(path, rows)
        readers.stop()
        print(
            f"  {share:7.1%} changed: publish {stages['publish']:6.2f} s, transform {stages['transform']:6.2f} s;"
            f" {readers.reads} reads meanwhile, {len(readers.faults)} wrong, longest {readers.longest:.2f} s"
        )
        if readers.faults:
            raise SystemExit(f"bench: a reader saw {readers.faults[0]}")
        file.unlink()
    server.drop("publishing")


def small(bench, server, count, records):
    made = []

    def in_new_database():
        made.append(f"many_{len(made)}")
        url = server.create(made[-1])
        return f"catalog: {url}\nwarehouse: {url}{EVENTS}"

    many_files(bench, count, records, in_new_database)
    for name in made:
        server.drop(name)


def clients(bench, server, rows, runs):
    """Two clients' batches at the same time against one after the other."""
    file = write_orders(bench.folder / "orders_clients.csv", rows)
    both = "{client1: {id: 1}, client2: {id: 2}}"
    together, apart = [], []
    for _ in range(runs):
        for times, side_by_side in ((apart, False), (together, True)):
            url = server.create("clients")
            path = bench.workspace(configuration(url), clients=both)
            for client in ("client1", "client2"):
                bench.deliver(path, [file], client)
            commands = [[PULIH, "-w", path, "start", name, "--quiet"] for name in ("client1", "client2")]
            began = time.monotonic()
            if side_by_side:
                running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
                codes = [child.wait() for child in running]
            else:
                codes = [subprocess.run(command, stdout=subprocess.DEVNULL).returncode for command in commands]
            times.append(time.monotonic() - began)
            if codes != [0, 0]:
                raise SystemExit(f"bench: the clients ended with {codes}")
            server.drop("clients")
    print(f"two clients, {rows:,} records each")
    print(f"  {'one after the other':40}{spread(apart, ' s')}")
    print(f"  {'at once':40}{spread(together, ' s')}")


def run(bench, rows, large, files):
    server = Postgres(bench.folder / "server")
    try:
        print(f"PostgreSQL {server.version()} with its default settings")
        peak = landing(bench, server, rows, bench.runs)
        if large > rows:
            peak = max(peak, landing(bench, server, large, 1))
        publishing(bench, server, rows)
        small(bench, server, files, records=100)
        clients(bench, server, rows // 4, bench.runs)
        holds = recovery.run(bench, rows, server)
    finally:
        server.stop()
    return peak, holds

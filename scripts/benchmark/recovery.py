"""What crash-proofing costs, and what it saves: the share of the books in a landing, and a restart at the last stage."""

import json
import statistics

from .measure import measured, report, spread
from .orders import COLUMNS, ORDERS, write_orders
from .workspace import PULIH

MOST_OF_A_LANDING = 0.03
MOST_OF_A_RUN = 0.05

# Orders as they are, what they amount to by customer and day, and a view that is refreshed after the publication.
MODELS = [
    (
        "silver/orders.sql",
        "/* ---\nunique_key: order_id\ntests: [{not_null: order_id}]\n--- */\n"
        f"SELECT {', '.join(COLUMNS)} FROM {{{{ bronze }}}}.crm_orders_current\n",
    ),
    (
        "gold/customers.sql",
        "/* ---\nunique_key: customer_id\ntests: [{unique: customer_id}]\n--- */\n"
        "SELECT customer_id, count(*) AS orders, sum(amount) AS amount, max(order_date) AS newest\n"
        "FROM {{ silver }}.orders GROUP BY customer_id\n",
    ),
    (
        "gold/daily.sql",
        "SELECT order_date, status, count(*) AS orders, sum(amount) AS amount\n"
        "FROM {{ silver }}.orders GROUP BY order_date, status\n",
    ),
    (
        "gold/best_customers.sql",
        "/* ---\nmaterialized: materialized_view\n--- */\n"
        "SELECT customer_id, amount FROM {{ gold }}.customers WHERE amount > 10000\n",
    ),
]


class Places:
    """Configurations for workspaces of their own: embedded ones, or each in a new database of a server."""

    def __init__(self, server=None):
        self.server, self.made = server, []

    def configuration(self):
        if self.server is None:
            return ORDERS
        self.made.append(f"recovery_{len(self.made)}")
        url = self.server.create(self.made[-1])
        self.server.sql("CHECKPOINT")
        return f"catalog: {url}\nwarehouse: {url}\n{ORDERS}"

    def done(self):
        for name in self.made:
            self.server.drop(name)
        self.made = []


def books(bench, places, file, rows):
    """Seconds of a landing in which somebody waited for catalog, ledger, fence or the audit's file.

    The program adds them up itself (PULIH_TIMINGS). Who waits in parallel counts twice, and reading configuration
    counts too, so the share is rather too large than too small. - Returns: whether it is within the limit.
    """
    landings, shares, parts = [], [], {}
    target = bench.folder / "timings.json"
    for _ in range(bench.runs):
        path = bench.workspace(places.configuration())
        bench.deliver(path, [file])
        measure, _ = bench.start(path, rows, environment={"PULIH_TIMINGS": str(target)})
        times = json.loads(target.read_text())
        places.done()
        landings.append(measure)
        shares.append(sum(book["seconds"] for book in times.values()) / measure.seconds)
        for name, book in times.items():
            parts.setdefault(name, []).append((book["seconds"], book["count"]))
    report("landing", landings)
    told = ", ".join(
        f"{name} {statistics.median(s for s, _ in values) * 1000:.0f} ms ({values[0][1]} times)"
        for name, values in parts.items()
    )
    return verdict("journal, ledger, fence, audit", shares, MOST_OF_A_LANDING, told)


def restarting(bench, places, file, rows):
    """A run from files to views against the restart of one that failed at the last view.

    - Returns: whether it is within the limit.
    """
    full, restarts = [], []
    for _ in range(bench.runs):
        path = bench.workspace(places.configuration(), models=MODELS)
        bench.deliver(path, [file])
        full.append(bench.start(path, rows)[0])
        path = bench.workspace(places.configuration(), models=MODELS)
        bench.deliver(path, [file])
        fail(path)
        restarts.append(measured([PULIH, "-w", path, "restart", "client1", "--quiet", "--json"]))
        check(json.loads(restarts[-1].output))
        places.done()
    report("start, 4 models", full)
    report("restart after refresh_mv failed", restarts)
    shares = [again.seconds / first.seconds for again, first in zip(restarts, full)]
    return verdict("restart / start", shares, MOST_OF_A_RUN)


def fail(path):
    command = [PULIH, "-w", path, "start", "client1", "--quiet", "--json"]
    environment = {"PULIH_FAILPOINTS": "refresh_mv.before_commit=fail"}
    failed = measured(command, environment, ends_with=1)
    steps = {step["stage"] for step in json.loads(failed.output)["steps"] if step["status"] == "FAILED"}
    if steps != {"refresh_mv"}:
        raise SystemExit(f"bench: the run should have failed in refresh_mv, not in {steps}")


def check(result):
    ran = {step["stage"] for step in result["steps"] if not step["reason"].startswith("kept")}
    if result["status"] not in ("SUCCESS", "WARNING") or ran != {"refresh_mv", "finalize"}:
        raise SystemExit(f"bench: the restart ended {result['status']} and ran {ran}")


def verdict(title, shares, limit, told=""):
    share = statistics.median(shares)
    word = "within" if share <= limit else "NOT within"
    percents = spread([100 * one for one in shares], " %")
    print(f"  {title:40}{percents}, {word} {limit:.0%}" + (f": {told}" if told else ""), flush=True)
    return share <= limit


def run(bench, rows, server=None):
    """- Returns: whether both are within their limits."""
    print(f"recovery: {rows:,} records, {'PostgreSQL' if server else 'embedded'}")
    file = write_orders(bench.folder / "orders_recovery.csv", rows)
    places = Places(server)
    results = [books(bench, places, file, rows), restarting(bench, places, file, rows)]
    file.unlink()
    return all(results)

"""Raw files that come from S3 and rest there, Parquet too: the same landing from a bucket of a local server and from a
folder, turn by turn."""

import os
import subprocess

from servers.rclone import Rclone

from .measure import report, spread
from .orders import COLUMNS, ORDERS, write_orders
from .workspace import ROOT


def configuration(server, bucket):
    place = (
        f"{{s3: {bucket}, endpoint: '{server.endpoint}', key: {{env: BENCH_S3_KEY}}, secret: {{env: BENCH_S3_SECRET}}}}"
    )
    return f"places:\n  raw: {place}\n  data: {place}\n{ORDERS}"


def run(bench, rows):
    """- Returns: peak memory in bytes; nothing else is limited."""
    subprocess.run([ROOT / "scripts/bootstrap", "--test"], check=True)
    os.environ |= {"BENCH_S3_KEY": Rclone.key, "BENCH_S3_SECRET": Rclone.secret}
    file = write_orders(bench.folder / "orders_places.csv", rows)
    size = file.stat().st_size
    print(f"S3 on a local server: {rows:,} records, {size:,} bytes, {len(COLUMNS)} columns, 3 row rules", flush=True)
    server = Rclone(bench.folder / "s3")
    stored, local = [], []
    try:
        for number in range(bench.runs):
            local.append(bench.landing(ORDERS, [file], rows)[0])
            bucket = server.bucket(f"run-{number}")
            path = bench.workspace(configuration(server, bucket.name))
            incoming = bucket / "raw" / "client1" / "crm" / "incoming"
            incoming.mkdir(parents=True)
            os.link(file, incoming / file.name)
            stored.append(bench.start(path, rows)[0])
            resting = [found for found in bucket.rglob("*") if found.is_file()]
            if len(list(bucket.glob("raw/client1/crm/success/*.csv"))) != 1:
                raise SystemExit(f"bench: the raw file does not rest in the bucket, which holds {resting}")
    finally:
        server.stop()
    report("from a folder to bronze", local)
    report("from S3 to bronze and to rest", stored)
    # Brought here, and put back with its Parquet.
    moved = size + sum(found.stat().st_size for found in resting)
    extra = [there.seconds - here.seconds for there, here in zip(stored, local)]
    print(f"  {'of it for S3':40}{spread(extra, ' s')}, {moved / 1e6:,.1f} MB there and back")
    file.unlink()
    return max(measure.resident for measure in stored + local), True

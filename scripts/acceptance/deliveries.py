"""A second full delivery of sales: gold is what that delivery alone would have given."""

from .workspace import CLIENT


def cases(program):
    yield "second-delivery", lambda checks: second_delivery(checks, program)


def second_delivery(checks, program):
    changed, counts = next_delivery((program.retail / "sales_details.csv").read_bytes())

    twice = program.loaded("second delivery")
    twice.drop("sales_details.csv", changed)
    twice.must("start", CLIENT)
    once = program.applied("fresh load")
    once.drop_all(sales_details=changed)
    once.must("start", CLIENT)

    expected, found = once.fingerprint("silver", "gold"), twice.fingerprint("silver", "gold")
    for table in sorted(expected.keys() | found.keys()):
        checks.equal(f"{table} as after a fresh load ({counts})", found.get(table), expected.get(table))
    first = program.clean_gold()
    checks.check(
        "the delivery did change fact_sales",
        found["gold_client1.fact_sales"] != first["gold_client1.fact_sales"],
    )


def next_delivery(content):
    """Every 1,000th line changed, every 777th deleted, 50 lines added."""
    header, *lines = content.removesuffix(b"\r\n").split(b"\r\n")
    kept, changed, deleted = [header], 0, 0
    for number, line in enumerate(lines):
        fields = line.split(b",")
        if number % 777 == 5:
            deleted += 1
            continue
        if number % 1000 == 8:
            fields[7] = b"%d" % (int(fields[7] or b"1") + 1)
            fields[6] = b""
            changed += 1
        kept.append(b",".join(fields))
    added = 0
    for line in lines[::1200][:50]:
        fields = line.split(b",")
        fields[0] = b"SO9%04d" % added
        kept.append(b",".join(fields))
        added += 1
    return b"\r\n".join(kept) + b"\r\n", f"{changed} changed, {deleted} deleted, {added} added"

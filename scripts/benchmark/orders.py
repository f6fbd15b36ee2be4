"""A file of orders, as large as wanted, and the configuration that takes it."""

import random

# Type in pulih.yml, type in PostgreSQL.
COLUMNS = {
    "order_id": ("bigint", "bigint"),
    "order_number": ("text", "text"),
    "customer_id": ("integer", "integer"),
    "product_key": ("text", "text"),
    "order_date": ("date", "date"),
    "quantity": ("integer", "integer"),
    "price": ('"decimal(12,2)"', "numeric(12,2)"),
    "amount": ('"decimal(12,2)"', "numeric(12,2)"),
    "status": ("text", "text"),
    "updated_at": ("timestamp", "timestamp"),
}

ORDERS = f"""sources:
  crm:
    files:
      orders:
        pattern: "orders*.csv"
        delivery: full
        columns:
{"".join(f"          {name}: {kind}" + chr(10) for name, (kind, _) in COLUMNS.items())}        rules:
          - not_null: order_id
          - {{range: quantity, min: 1, severity: warn}}
          - {{accepted: status, values: [OPEN, SHIPPED, DELIVERED, RETURNED]}}
"""


def write_orders(path, rows, changed=0.0, seed=1):
    """About 89 bytes a record; a share of them differs from what another call without `changed` writes."""
    days = [f"{2024 + d // 365}-{d % 365 // 31 + 1:02}-{d % 28 + 1:02}" for d in range(700)]
    words = ["OPEN", "SHIPPED", "DELIVERED", "RETURNED"]
    different = random.Random(seed)
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.write(",".join(COLUMNS) + "\n")
        for i in range(rows):
            quantity, price = i % 9 + 1, i * 7919 % 99999
            if changed and (changed == 1 or different.random() < changed):
                quantity += 10
            file.write(
                f"{i + 1},SO{i // 3 + 43659},{i * 31 % 60000 + 11000},BK-R{i % 93:02}B-{i % 62},{days[i % 700]},"
                f"{quantity},{price / 100:.2f},{quantity * price / 100:.2f},{words[i % 4]},"
                f"{days[i % 690]} {i % 24:02}:{i % 60:02}:{i * 7 % 60:02}\n"
            )
    return path

#!/usr/bin/env python3
"""Writes CRM and ERP exports of the retail example's shape and dirt, at any size.

    generate.py DIR [--customers N] [--sales N] [--seed S] [--changed]
    generate.py --deliver WORKSPACE/raw/client1 [...]

The same arguments always give the same bytes. `--changed` gives the next delivery: the same files, but some
sales lines are changed, deleted or added. `--deliver` puts the files where Pulih collects them, each complete
before it is seen. Everything streams: memory does not grow with the size.
"""

import argparse
import datetime
import itertools
import os
import random
import sys

sys.dont_write_bytecode = True  # an example folder stays as it was copied

import shape

FIRST_ID = 11000
FIRST_ORDER = 43697
FIRST_PRODUCT = 210
LINE = "\r\n"

class Export:
    """A file that appears under its name only when it is complete."""

    def __init__(self, folder, final, name):
        os.makedirs(final, exist_ok=True)
        self.path = os.path.join(final, name)
        self.part = os.path.join(folder, f".{name}.part")

    def __enter__(self):
        self.file = open(self.part, "w", encoding="ascii", newline="", buffering=1 << 20)
        return self.file.write

    def __exit__(self, kind, error, trace):
        self.file.close()
        if kind is not None:
            os.remove(self.part)
            return
        os.replace(self.part, self.path)
        print(f"{self.path}: {os.path.getsize(self.path):,} bytes", file=sys.stderr)


class Target:
    """Where exports go: one folder, or the incoming folders of a client."""

    def __init__(self, folder, deliver):
        self.folder = folder
        self.deliver = deliver

    def export(self, source, name):
        if not self.deliver:
            return Export(self.folder, self.folder, name)
        beside = os.path.join(self.folder, source)
        incoming = os.path.join(beside, "incoming")
        if os.path.exists(os.path.join(incoming, name)):
            sys.exit(f"generate.py: {name} still waits in {incoming}; nothing was replaced")
        return Export(beside, incoming, name)


def weighted(choices):
    """A table to pick from with one random number."""
    return [choice for choice, weight in choices for _ in range(weight)]


def write_customers(target, count, seed):
    draw = random.Random(f"{seed} customers").random
    countries, genders = weighted(shape.COUNTRIES), weighted(shape.GENDERS)
    created_from, born_from = datetime.date(2025, 10, 6).toordinal(), datetime.date(1916, 2, 10).toordinal()
    days = [datetime.date.fromordinal(created_from + n).isoformat() for n in range(114)]
    births = [datetime.date.fromordinal(born_from + n).isoformat() for n in range(25703)]
    junk = (count * 997 // 1000, count - 1)  # after these customers stands a record without an id
    thrice = max(0, count - 18)

    with (
        target.export("crm", "cust_info.csv") as customers,
        target.export("erp", "CUST_AZ12.csv") as erp_births,
        target.export("erp", "LOC_A101.csv") as erp_places,
    ):
        customers("cst_id,cst_key,cst_firstname,cst_lastname,cst_marital_status,cst_gndr,cst_create_date\r\n")
        erp_births("CID,BDATE,GEN")
        erp_places("CID,CNTRY" + LINE)
        for n in range(count):
            number = FIRST_ID + n
            male = draw() < 0.5
            names = shape.MEN if male else shape.WOMEN
            first, last = names[int(draw() * len(names))], shape.LAST[int(draw() * len(shape.LAST))]
            if draw() < 0.0016 or n == 0:
                first, last = ((f" {first}", f"{last} "), (first, f"  {last}"), (f"{first}  ", last))[n % 3]
            married = "M" if draw() < 0.54 else "S" if draw() < 0.9998 else ""
            gender = "" if draw() < 0.248 else "M" if male else "F"
            day = n * 111 // count
            key = f"AW{number:08}"
            # A customer who changed is there again: the older records are the poorer ones.
            if n == thrice:
                customers(f"{number},{key},,,,,{days[day]}{LINE}")
                customers(f"{number},{key},{first},{last},{married},,{days[day + 1]}{LINE}")
                day += 2
            elif n % 3701 == 3700:
                customers(f"{number},{key},,{last},{married},,{days[day]}{LINE}")
                day += 1
            customers(f"{number},{key},{first},{last},{married},{gender},{days[day]}{LINE}")
            if n in junk:
                customers(f",SF{n % 1000},,,,,{LINE}")

            prefix = "NAS" if n < count * 0.6 else ""
            birth = births[int(draw() * len(births))]
            if n % 1155 == 7:
                birth = shape.FUTURE_BIRTHS[n // 1155 % len(shape.FUTURE_BIRTHS)]
            word = genders[int(draw() * len(genders))]
            if word == "whole":
                word = "Male" if male else "Female"
            elif word.startswith("letter"):
                word = ("M" if male else "F") + (" " if word.endswith("blank") else "")
            erp_births(f"{LINE}{prefix}{key},{birth},{word}")  # no line end after the last record
            erp_places(f"AW-{number:08},{countries[int(draw() * len(countries))]}{LINE}")
        customers(f",13451235,,,,,{LINE},A01Ass,,,,,")


def products():
    """All products as (category id, number, name, price, line, weight)."""
    for family in shape.FAMILIES:
        for position, (model, price) in enumerate(family.models.items()):
            for colour, size in itertools.product(family.colours, family.sizes):
                number = f"{family.code}{price % 1000:03}{position}{colour[:1]}" + (size and f"-{size}")
                name = model + (colour and f" {colour}") + (size and f"- {size}")
                yield family.category_id, number, name, price, family.line, family.weight


def write_products(target, seed):
    draw = random.Random(f"{seed} products").random
    with target.export("crm", "prd_info.csv") as write:
        write("prd_id,prd_key,prd_nm,prd_cost,prd_line,prd_start_dt,prd_end_dt" + LINE)
        product = FIRST_PRODUCT
        for n, (category, number, name, price, line, _) in enumerate(products()):
            versions = shape.VERSIONS[0 if draw() < 0.15 else 1 if draw() < 0.25 else 2 :]
            for start, end in versions:
                # The first two products came without a cost.
                cost = "" if n < 2 and not end else str(max(1, int(price * (0.55 + 0.1 * draw()))))
                padded = line and line + " "
                write(f"{product},{category}-{number},{name},{cost},{padded},{start},{end}{LINE}")
                product += 1
    with target.export("erp", "PX_CAT_G1V2.csv") as write:
        write("ID,CAT,SUBCAT,MAINTENANCE")
        records = {}
        for family in shape.FAMILIES:
            category_id = shape.ERP_CATEGORY.get(family.category_id, family.category_id.replace("-", "_"))
            records[category_id] = f"{family.category},{family.subcategory},{family.maintenance}"
        for category_id, rest in records.items():
            write(f"{LINE}{category_id},{rest}")


def baskets(draw):
    """Orders without number, customer and dates: `@` and `#` stand where they go."""
    sold = weighted((((number, price), weight) for _, number, _, price, _, weight in products() if weight))
    for _ in range(shape.BASKETS):
        size = shape.BASKET_SIZES[int(draw() * len(shape.BASKET_SIZES))]
        basket = {}
        while len(basket) < size:
            number, price = sold[int(draw() * len(sold))]
            basket[number] = price
        yield "".join(f"@,{number},#,{price},1,{price}{LINE}" for number, price in basket.items())


def sales_days(count):
    """(order, shipping and due date as text, lines written when the day is over)."""
    length = (shape.SALES_TO - shape.SALES_FROM).days + 1
    days = [shape.SALES_FROM + datetime.timedelta(n) for n in range(length)]
    in_year = {year: sum(day.year == year for day in days) for year in shape.SALES_SHARE}
    share = 0.0
    for day in days:
        share += shape.SALES_SHARE[day.year] / in_year[day.year]
        dates = ",".join((day + datetime.timedelta(n)).strftime("%Y%m%d") for n in (0, 7, 12))
        yield dates, count if day == shape.SALES_TO else min(count, round(count * share))


DAMAGE = (
    "undated", "no amount", "undated", "pair", "price below zero", "undated", "no price", "pair",
    "five digits", "no amount", "amount below zero", "undated", "no price", "amount zero",
)  # fmt: skip


def damaged(order, kind):
    """The order with its first line as a careless export would write it."""
    line, _, rest = order.partition(LINE)
    fields = line.split(",")
    price = int(fields[8])
    match kind:
        case "undated":
            fields[3] = "0"
        case "five digits":
            fields[3] = "32154"
        case "no amount":
            fields[6] = ""
        case "amount below zero":
            fields[6] = str(-price)
        case "amount zero":
            fields[6] = "0"
        case "pair":
            fields[7] = "2"
        case "no price":
            fields[6:] = [str(2 * price), "2", ""]
        case "price below zero":
            fields[8] = str(-price)
    return ",".join(fields) + LINE + rest


def corrected(order, kind):
    """The order as the next delivery writes it: one line fewer, or three pieces of the first product."""
    line, _, rest = order.partition(LINE)
    if kind == "deleted":
        return rest
    fields = line.split(",")
    price = abs(int(fields[8])) if fields[8] else int(fields[6]) // int(fields[7])
    fields[6:] = [str(3 * price), "3", str(price)]
    return ",".join(fields) + LINE + rest


def write_sales(target, customers, count, seed, changed):
    draw = random.Random(f"{seed} sales").random
    fate = random.Random(f"{seed} changes").random
    basket_of = list(baskets(draw))
    damage, change = itertools.cycle(DAMAGE), itertools.cycle(("changed", "deleted", "changed"))
    tally = {"changed": 0, "deleted": 0, "added": 0}
    order = FIRST_ORDER
    next_damage = order + 20
    next_change = order + 5 if changed else 0
    # First orders walk through all customers in a scattered way; the others come from those who buy again.
    step = next(n for n in itertools.count(customers * 5 // 8 + 1) if coprime(n, customers))
    walked = 0
    walk_share = customers * shape.LINES_PER_ORDER / max(count, 1) * 1.03

    def new_order(dates):
        nonlocal order, walked
        if walked < customers and draw() < walk_share:
            customer = FIRST_ID + walked * step % customers
            walked += 1
        else:
            customer = FIRST_ID + int(customers * draw() ** 2)
        text = basket_of[int(draw() * shape.BASKETS)]
        order += 1
        return text.replace("@", f"SO{order - 1}").replace("#", f"{customer},{dates}")

    with target.export("crm", "sales_details.csv") as write:
        write("sls_ord_num,sls_prd_key,sls_cust_id,sls_order_dt,sls_ship_dt,sls_due_dt,")
        write("sls_sales,sls_quantity,sls_price" + LINE)
        made = 0
        for dates, until in sales_days(count):
            while made < until:
                text = new_order(dates)
                made += text.count(LINE)
                if made > count:
                    text = "".join(text.splitlines(keepends=True)[: count - made])
                if order > next_damage:
                    text = damaged(text, next(damage))
                    next_damage = order + 200 + int(draw() * 600)
                if changed and order > next_change:
                    kind = next(change)
                    text = corrected(text, kind)
                    tally[kind] += 1
                    next_change = order + 20 + int(fate() * 80)
                write(text)
        while changed and tally["added"] < max(1, count // 200):
            text = new_order(dates)
            tally["added"] += text.count(LINE)
            write(text)
    if changed:
        counts = ", ".join(f"{lines:,} {kind}" for kind, lines in tally.items())
        print(f"sales lines: {counts}", file=sys.stderr)


def coprime(a, b):
    while b:
        a, b = b, a % b
    return a == 1


def size(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main():
    parser = argparse.ArgumentParser(description="Write the retail example's six exports at any size.")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("folder", nargs="?", metavar="DIR", help="write the six files into this folder")
    place.add_argument("--deliver", metavar="WORKSPACE/raw/CLIENT", help="into crm/ and erp/incoming there")
    parser.add_argument("--customers", type=size, default=18484, metavar="N", help="default 18484")
    parser.add_argument("--sales", type=size, default=60398, metavar="N", help="sales lines, default 60398")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="other seed, other data; default 1")
    parser.add_argument("--changed", action="store_true", help="the next delivery of the same data")
    options = parser.parse_args()

    target = Target(options.deliver or options.folder, deliver=options.deliver is not None)
    write_customers(target, options.customers, options.seed)
    write_products(target, options.seed)
    write_sales(target, options.customers, options.sales, options.seed, options.changed)


if __name__ == "__main__":
    main()

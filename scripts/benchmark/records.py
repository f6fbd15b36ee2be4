"""The orders of a file as a workbook, a document and a document a line: the same records, as large as wanted."""

import zipfile

from .orders import COLUMNS

# What a sheet takes below its header.
MOST_OF_A_SHEET = (1 << 20) - 1
CITIES = ["Bogor", "Solo", "Malang", "Banda Aceh", "Kota \\\"Lama\\\"", "Padang"]
WORDS = ["OPEN", "SHIPPED", "DELIVERED", "RETURNED"]
PRODUCTS = [f"BK-R{n:02}B-{n % 62}" for n in range(93)]
# 1 January 2024, as Excel counts days.
FIRST_DAY = 45292
BLOCK = 2_000

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def relationships(*related):
    entries = (f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>' for name, kind, target in related)
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{"".join(entries)}</Relationships>'


PARTS = {
    "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/></Types>',
    "_rels/.rels": relationships(("r1", "officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Orders" sheetId="1" r:id="s1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relationships(
        ("s1", "worksheet", "worksheets/sheet1.xml"),
        ("s2", "styles", "styles.xml"),
        ("s3", "sharedStrings", "sharedStrings.xml"),
    ),
    # Style 1 is a date, style 2 a date with a time.
    "xl/styles.xml": f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
    "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">'
    + "".join(f"<si><t>{text}</t></si>" for text in PRODUCTS + WORDS)
    + "</sst>",
}


def write_workbook(path, rows):
    """Ten columns: numbers, dates, texts that are shared and texts in their cells. The XML is written by hand: a library
    takes minutes."""
    if rows > MOST_OF_A_SHEET:
        raise SystemExit(f"bench: a sheet has at most {MOST_OF_A_SHEET:,} rows below its header")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PARTS.items():
            with archive.open(name, "w") as part:
                part.write(text.encode())
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1">'.encode())
            part.write("".join(inline(letter, 1, name) for letter, name in zip("ABCDEFGHIJ", COLUMNS)).encode())
            part.write(b"</row>")
            for first in range(0, rows, BLOCK):
                part.write("".join(sheet_row(i) for i in range(first, min(rows, first + BLOCK))).encode())
            part.write(b"</sheetData></worksheet>")
    return path


def inline(letter, row, text):
    return f'<c r="{letter}{row}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet_row(i):
    row, quantity, price = i + 2, i % 9 + 1, i * 7919 % 99999
    day, second = FIRST_DAY + i % 700, i * 61 % 86400
    return (
        f'<row r="{row}"><c r="A{row}"><v>{i + 1}</v></c>'
        f'<c r="B{row}" t="inlineStr"><is><t>SO{i // 3 + 43659}</t></is></c>'
        f'<c r="C{row}"><v>{i * 31 % 60000 + 11000}</v></c><c r="D{row}" t="s"><v>{i % 93}</v></c>'
        f'<c r="E{row}" s="1"><v>{day}</v></c><c r="F{row}"><v>{quantity}</v></c>'
        f'<c r="G{row}"><v>{price / 100}</v></c><c r="H{row}"><v>{quantity * price / 100}</v></c>'
        f'<c r="I{row}" t="s"><v>{len(PRODUCTS) + i % 4}</v></c>'
        f'<c r="J{row}" s="2"><v>{day + second / 86400!r}</v></c></row>'
    )


def json_record(i):
    quantity, price = i % 9 + 1, i * 7919 % 99999
    day = f"{2024 + i % 3}-{i % 12 + 1:02}-{i % 28 + 1:02}"
    return (
        f'{{"order_id": {i + 1}, "order_number": "SO{i // 3 + 43659}",'
        f' "customer": {{"id": {i * 31 % 60000 + 11000}, "city": "{CITIES[i % 6]}"}},'
        f' "product_key": "{PRODUCTS[i % 93]}", "order_date": "{day}", "quantity": {quantity},'
        f' "price": {price / 100:.2f}, "amount": {quantity * price / 100:.2f}, "status": "{WORDS[i % 4]}",'
        f' "updated_at": "{day} {i % 24:02}:{i % 60:02}:{i * 7 % 60:02}"}}'
    )


def write_json(path, rows, before="[\n", between=",\n", after="\n]\n"):
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        file.write(before)
        for first in range(0, rows, BLOCK):
            last = min(rows, first + BLOCK)
            file.write(between.join(json_record(i) for i in range(first, last)))
            file.write(between if last < rows else after)
    return path


def write_wrapped(path, rows):
    """As web services answer: the records inside an object."""
    return write_json(path, rows, before='{"status": "OK", "data": [\n', after="\n]}\n")


def write_lines(path, rows):
    return write_json(path, rows, before="", between="\n", after="\n")

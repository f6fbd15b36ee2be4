"""What the retail exports look like: names, countries, products, and how often each dirt occurs."""

import datetime
from typing import NamedTuple

# First names and the gender that goes with them; the two lists alternate.
MEN = (
    "Adi Andre Bagus Carl Daniel Edgar Elias Erik Felix Georg Henry Ivan Jamal Jon Jorge Karim Lance "
    "Lucas Marco Marcus Nathan Oscar Paul Pedro Rafael Ravi Ruben Samir Stefan Thomas Victor Wayan "
    "William Xavier Yusuf"
).split()
WOMEN = (
    "Aisha Alina Ayu Brenda Carmen Christy Clara Dewi Elena Eva Fatima Grace Hanna Ingrid Irene Jasmine "
    "Julia Karin Laura Leila Lina Maria Megan Mia Nadia Nina Olivia Paula Putri Rosa Sara Sofia Tanja "
    "Vera Yara"
).split()
LAST = (
    "Adams Alonso Bauer Bianchi Carlson Chen Costa Diaz Evans Fischer Gupta Hansen Hartono Huang Ibrahim "
    "Jimenez Johnson Kaya Keller King Kumar Lang Lim Lopez Martin Mehta Moreau Navarro Nguyen Novak "
    "Okafor Olsen Park Patel Peters Ramos Rossi Ruiz Santoso Schmidt Silva Smith Suarez Tan Torres Wagner "
    "Walker Wang Weber Wijaya Wu Yang Young Zhao Zhu"
).split()

# Per 10,000 customers: how the ERP writes the country.
COUNTRIES = (
    ("Australia", 1943), ("United States", 1835), ("USA", 1402), ("United Kingdom", 1035), ("France", 979),
    ("Canada", 850), ("US", 811), ("Germany", 657), ("DE", 306), ("", 177), ("  ", 3), (" ", 2),
)  # fmt: skip
GENDERS = (("whole", 9190), ("", 797), ("letter", 4), (" ", 4), ("letter and blank", 3), ("  ", 2))
FUTURE_BIRTHS = ("2050-07-06", "9999-11-20", "2038-10-17", "2980-03-09", "2065-12-12", "2080-03-15")


class Family(NamedTuple):
    """Products of one kind: every model in every colour and size."""

    category_id: str  # as the product key writes it
    category: str
    subcategory: str
    maintenance: str
    line: str
    code: str  # start of the product number
    models: dict[str, int]  # name and price
    colours: tuple = ("",)  # their initials differ
    sizes: tuple = ("",)
    weight: int = 0  # how often it is sold; 0: a part for the workshop


FRAME, TALL, LETTERS = ("38", "42", "46", "48"), ("44", "48", "52", "58"), ("S", "M", "L")
ROAD_BIKES = {
    "Road-150": 3578, "Road-250": 2443, "Road-350": 1701, "Road-450": 1457, "Road-550": 1120, "Road-650": 783,
    "Road-750": 540,
}  # fmt: skip
MOUNTAIN_BIKES = {"Mountain-100": 3400, "Mountain-200": 2295, "Mountain-400": 769, "Mountain-500": 565}
TOURING_BIKES = {"Touring-1000": 2384, "Touring-2000": 1215, "Touring-3000": 742}
ROAD_FRAMES = {"HL Road Frame": 1431, "ML Road Frame": 594, "LL Road Frame": 337}
MOUNTAIN_FRAMES = {"HL Mountain Frame": 1349, "ML Mountain Frame": 348, "LL Mountain Frame": 264}
TOURING_FRAMES = {"HL Touring Frame": 1003, "LL Touring Frame": 333}
MOUNTAIN_TYRES = {"Mountain Tire Tube": 5, "Patch Kit": 2, "LL Mountain Tire": 25, "HL Mountain Tire": 35}
ROAD_TYRES = {"Road Tire Tube": 4, "LL Road Tire": 21, "ML Road Tire": 25, "HL Road Tire": 33}
HELMETS = {"Sport-100 Helmet": 35}
BOTTLES = {"Water Bottle - 30 oz.": 5, "Mountain Bottle Cage": 10, "Road Bottle Cage": 9}
JERSEYS = {"Long-Sleeve Logo Jersey": 50, "Short-Sleeve Classic Jersey": 54}
WHEELS = {"LL Front Wheel": 85, "HL Front Wheel": 330, "LL Rear Wheel": 112, "HL Rear Wheel": 357}
BARS = {"LL Handlebars": 44, "ML Handlebars": 62, "HL Handlebars": 120}
SADDLES = {"LL Seat": 27, "ML Seat": 39, "HL Seat": 52}
PEDALS = {"LL Pedal": 40, "ML Pedal": 62, "HL Pedal": 81}
BRACKETS = {"LL Bottom Bracket": 54, "ML Bottom Bracket": 101, "HL Bottom Bracket": 121}
HEADSETS = {"LL Headset": 34, "ML Headset": 102, "HL Headset": 125}
CRANKSETS = {"LL Crankset": 175, "ML Crankset": 256, "HL Crankset": 405}

FAMILIES = (
    Family("BI-RB", "Bikes", "Road Bikes", "Yes", "R", "BK-R", ROAD_BIKES, ("Red", "Black"), TALL, 1),
    Family("BI-MB", "Bikes", "Mountain Bikes", "Yes", "M", "BK-M",
           MOUNTAIN_BIKES, ("Silver", "Black"), FRAME, 1),
    Family("BI-TB", "Bikes", "Touring Bikes", "Yes", "T", "BK-T", TOURING_BIKES, ("Blue", "Yellow"), TALL, 1),
    Family("AC-TT", "Accessories", "Tires and Tubes", "Yes", "M", "TT-M", MOUNTAIN_TYRES, weight=24),
    Family("AC-TT", "Accessories", "Tires and Tubes", "Yes", "R", "TT-R", ROAD_TYRES, weight=20),
    Family("AC-HE", "Accessories", "Helmets", "Yes", "S", "HL-U", HELMETS, ("Red", "Black"), weight=20),
    Family("AC-BC", "Accessories", "Bottles and Cages", "No", "S", "WB-H", BOTTLES, weight=20),
    Family("AC-FE", "Accessories", "Fenders", "No", "M", "FE-6", {"Fender Set - Mountain": 22}, weight=16),
    Family("AC-HP", "Accessories", "Hydration Packs", "No", "S", "HY-1",
           {"Hydration Pack - 70 oz.": 55}, weight=6),
    Family("AC-CL", "Accessories", "Cleaners", "Yes", "S", "CL-9", {"Bike Wash - Dissolver": 8}, weight=8),
    Family("AC-BR", "Accessories", "Bike Racks", "Yes", "S", "RA-H", {"Hitch Rack - 4-Bike": 120}, weight=3),
    Family("AC-BS", "Accessories", "Bike Stands", "No", "M", "ST-1",
           {"All-Purpose Bike Stand": 159}, weight=2),
    Family("CL-CA", "Clothing", "Caps", "No", "S", "CA-1", {"Logo Cap": 9}, weight=16),
    Family("CL-JE", "Clothing", "Jerseys", "No", "S", "LJ-0", JERSEYS, sizes=(*LETTERS, "XL"), weight=3),
    Family("CL-GL", "Clothing", "Gloves", "No", "S", "GL-H",
           {"Half-Finger Gloves": 24}, sizes=LETTERS, weight=5),
    Family("CL-SH", "Clothing", "Shorts", "No", "M", "SH-W",
           {"Mountain Shorts": 70}, sizes=LETTERS, weight=3),
    Family("CL-SO", "Clothing", "Socks", "No", "R", "SO-R", {"Racing Socks": 9}, sizes=("M", "L"), weight=4),
    Family("CL-VE", "Clothing", "Vests", "No", "S", "VE-C", {"Classic Vest": 64}, sizes=LETTERS, weight=3),
    Family("CO-RF", "Components", "Road Frames", "Yes", "R", "FR-R", ROAD_FRAMES, ("Red", "Black"), TALL),
    Family("CO-MF", "Components", "Mountain Frames", "Yes", "M", "FR-M",
           MOUNTAIN_FRAMES, ("Silver", "Black"), FRAME),
    Family("CO-TF", "Components", "Touring Frames", "Yes", "T", "FR-T",
           TOURING_FRAMES, ("Blue", "Yellow"), TALL),
    Family("CO-WH", "Components", "Wheels", "Yes", "R", "WH-R", WHEELS),
    Family("CO-HB", "Components", "Handlebars", "No", "M", "HB-M", BARS),
    Family("CO-SA", "Components", "Saddles", "No", "S", "SE-S", SADDLES),
    Family("CO-PE", "Components", "Pedals", "No", "M", "PD-M", PEDALS),
    Family("CO-BB", "Components", "Bottom Brackets", "Yes", "", "BB-8", BRACKETS),
    Family("CO-HS", "Components", "Headsets", "Yes", "", "HS-2", HEADSETS),
    Family("CO-CS", "Components", "Cranksets", "Yes", "", "CS-4", CRANKSETS),
)
# The ERP calls pedals CO_PD, and so their category is never found: as in the real exports.
ERP_CATEGORY = {"CO-PE": "CO_PD"}

# Version starts of a product and the end that the source writes beside them: before the start.
VERSIONS = (("2011-07-01", "2007-12-28"), ("2012-07-01", "2008-12-27"), ("2013-07-01", ""))

# Sales begin with a few bikes and grow: share of all lines by year.
SALES_FROM = datetime.date(2010, 12, 29)
SALES_TO = datetime.date(2014, 1, 28)
SALES_SHARE = {2010: 0.0003, 2011: 0.0367, 2012: 0.0562, 2013: 0.8742, 2014: 0.0326}
BASKETS = 4096
BASKET_SIZES = (1, 1, 1, 1, 2, 2, 2, 3, 3, 5)
LINES_PER_ORDER = sum(BASKET_SIZES) / len(BASKET_SIZES)

"""The health-statistics example: bodies of a web API to gold, figures added up by hand from its data files."""

from .workspace import CLIENT, Workspace

# Of regencies and cities; the population of both provinces in 2024, counted with the provinces, would be twice that.
POPULATION = {2023: 11_765_529, 2024: 11_872_907}
# (province, year, indicator): (sum of the regions, total the source reports, all regions have a number)
TOTALS = {
    ("3400", 2023, "population"): (3_759_590, 3_759_590, True),
    ("3400", 2023, "live_births"): (30_160, 41_362, False),
    ("3400", 2023, "infant_deaths"): (259, 283, False),
    ("3600", 2023, "infant_deaths"): (646, 845, False),
    ("3600", 2024, "live_births"): (106_451, 136_231, False),
    ("3400", 2024, "live_births"): (40_993, 40_993, True),
}


def cases(program):
    folder = program.root / "examples" / "health" / "data"
    yield "health", lambda checks: health(checks, program, folder)


def health(checks, program, folder):
    workspace = Workspace(program, program.folder / "health")
    words = ["--example", "health", *program.backend.locations(workspace)]
    workspace.must("init", str(workspace.path), *words, at=False)
    workspace.configure("pulih: 1\n", "pulih: 1\nsettings: {settle_seconds: 0}\n")
    files = sorted(folder.glob("*.json"))
    for file in files:
        workspace.drop(file.name, file.read_bytes(), source="api")
    # The body of 2022 tells of an error: it is refused, the others are loaded.
    output = workspace.must("start", CLIENT)
    said = output.stdout + output.stderr
    checks.check(
        "the error body is refused with its message",
        "$.status is ERROR: no data for period 2022" in said,
        said,
    )
    failed = [path.name for path in workspace.folder("api", "failed").iterdir()]
    checks.check("it lies in failed", any(name.startswith("indicators_2022") for name in failed), failed)
    for file in workspace.json("show", "BATCH000001")["files"]:
        found = file["loaded"] + file["quarantined"] + sum(file["skipped"].values())
        checks.equal(f"balance of {file['original_name']}", found, file["records"])
    figures(checks, workspace)


def figures(checks, workspace):
    def query(sql):
        return workspace.query(sql.format(gold=f"gold_{CLIENT}", bronze=f"bronze_{CLIENT}"))

    found = query(
        "SELECT year, CAST(sum(value) AS bigint) AS value FROM {gold}.fact_indicators"
        " WHERE indicator = 'population' GROUP BY year ORDER BY year"
    )
    checks.equal("population without totals", {int(r["year"]): int(r["value"]) for r in found}, POPULATION)
    rows = query(
        "SELECT province_code AS p, year AS y, indicator AS i, CAST(summed AS bigint) AS s,"
        " CAST(reported AS bigint) AS r, CAST(is_complete AS text) AS c FROM {gold}.province_totals"
    )
    totals = {
        (row["p"], int(row["y"]), row["i"]): (int(row["s"]), int(row["r"]), row["c"] == "true")
        for row in rows
    }
    for key, wanted in TOTALS.items():
        checks.equal(f"{' '.join(map(str, key))}", totals.get(key), wanted)
    counts = query(
        "SELECT count(*) AS n, count(value) AS v, count(CASE WHEN value = 0 THEN 1 END) AS zeros"
        " FROM {bronze}.api_indicators_current"
    )[0]
    # 22 regions of 4 indicators, one not asked; a mark or null in four cells: missing, and never 0.
    checks.equal("rows, values, zeros", [int(counts[k]) for k in ("n", "v", "zeros")], [87, 83, 0])
    place = query(
        "SELECT dwh_source_place AS p FROM {bronze}.api_indicators_current"
        " WHERE region = '3402' AND year = 2023 AND indicator = 'live_births' AND value IS NULL"
    )
    checks.equal("a cell is found again", [r["p"] for r in place], ["$.data[1].rows[2].variables.live_births"])

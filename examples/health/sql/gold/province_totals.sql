/* ---
description: sums over regencies and cities beside the total that the source reports for the province
tests:
  - unique: [province_code, year, indicator]
  # Where every region has its number, the sum is the province's total.
  - sql: "SELECT * FROM {{ this }} WHERE is_complete AND summed <> reported"
    name: the regions add up to their province
    severity: warn
--- */
SELECT
    f.province_code,
    p.name AS province_name,
    f.year,
    f.indicator,
    sum(f.value) AS summed,
    max(t.value) AS reported,
    count(f.value) = max(n.regions) AS is_complete
FROM {{ gold }}.fact_indicators AS f
JOIN {{ silver }}.regions AS p ON p.code = f.province_code
JOIN (SELECT province_code, count(*) AS regions FROM {{ silver }}.regions WHERE NOT is_total GROUP BY province_code) AS n
    ON n.province_code = f.province_code
LEFT JOIN {{ silver }}.indicators AS t
    ON t.region = f.province_code AND t.year = f.year AND t.indicator = f.indicator
WHERE f.is_additive
GROUP BY f.province_code, p.name, f.year, f.indicator

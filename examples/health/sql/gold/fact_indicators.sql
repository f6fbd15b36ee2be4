/* ---
description: what regencies and cities report; the rows of provinces are totals of these and not among them
tests:
  - unique: [region, year, indicator]
  - row_count: {min: 1}
trace:
  - to: silver.indicators
    on: {region: region, year: year, indicator: indicator}
--- */
SELECT i.region, r.name AS region_name, r.province_code, i.year, i.indicator, i.value, i.is_additive
FROM {{ silver }}.indicators AS i
JOIN {{ silver }}.regions AS r ON r.code = i.region
WHERE NOT r.is_total

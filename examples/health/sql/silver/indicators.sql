/* ---
description: one row per region, year and indicator; NULL where the source has no number
tests:
  - unique: [region, year, indicator]
  - {relationship: region, to: silver.regions, field: code}
trace:
  - to: bronze.api_indicators
    on: {region: region, year: year, indicator: indicator}
--- */
SELECT region, year, indicator, value, indicator <> 'doctors_per_1000' AS is_additive
FROM {{ bronze }}.api_indicators_current

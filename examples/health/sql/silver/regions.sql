/* ---
description: provinces, and the regencies and cities in them
tests:
  - unique: code
  - row_count: {min: 1}
trace:
  - to: bronze.api_regions
    on: {code: code}
--- */
SELECT code, name, level, parent AS province_code, level = 'province' AS is_total
FROM {{ bronze }}.api_regions_current

/* ---
description: one row per version of a product; a version ends the day before the next one starts
tests:
  - not_null: [prd_id, cat_id, prd_key, prd_cost]
  - unique: prd_id
  - {accepted: prd_line, values: [Mountain, Road, Other Sales, Touring, n/a]}
  - sql: "SELECT * FROM {{ this }} WHERE prd_end_dt < prd_start_dt"
  - row_count: {min: 1}
trace:
  - to: bronze.crm_prd_info
    on: {prd_id: prd_id}
--- */
SELECT
    prd_id,
    -- AC-HE-HL-U509-R: the category, a dash, the number that sales know
    replace(substr(prd_key, 1, 5), '-', '_') AS cat_id,
    substr(prd_key, 7) AS prd_key,
    prd_nm,
    coalesce(prd_cost, 0) AS prd_cost,
    CASE upper(trim(prd_line))
        WHEN 'M' THEN 'Mountain'
        WHEN 'R' THEN 'Road'
        WHEN 'S' THEN 'Other Sales'
        WHEN 'T' THEN 'Touring'
        ELSE 'n/a'
    END AS prd_line,
    prd_start_dt,
    lead(prd_start_dt) OVER (PARTITION BY prd_key ORDER BY prd_start_dt, prd_id) - 1 AS prd_end_dt
FROM {{ bronze }}.crm_prd_info_current

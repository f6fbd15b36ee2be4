/* ---
description: country by customer number, from the ERP
tests:
  - not_null: [cid, cntry]
  - unique: cid
  - row_count: {min: 1}
trace:
  - to: bronze.erp_loc_a101
    on: {cid: "replace(cid, '-', '')"}
--- */
SELECT
    replace(cid, '-', '') AS cid,
    CASE
        WHEN trim(cntry) = 'DE' THEN 'Germany'
        WHEN trim(cntry) IN ('US', 'USA') THEN 'United States'
        WHEN cntry IS NULL OR trim(cntry) = '' THEN 'n/a'
        ELSE trim(cntry)
    END AS cntry
FROM {{ bronze }}.erp_loc_a101_current

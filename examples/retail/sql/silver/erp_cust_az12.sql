/* ---
description: birth date and gender by customer number, from the ERP
tests:
  - not_null: cid
  - unique: cid                  # again, for NASAW00011000 and AW00011000 are the same customer
  - {accepted: gen, values: [Male, Female, n/a]}
  - row_count: {min: 1}
trace:
  - to: bronze.erp_cust_az12
    on: {cid: "CASE WHEN cid LIKE 'NAS%' THEN substr(cid, 4) ELSE cid END"}
--- */
SELECT
    CASE WHEN cid LIKE 'NAS%' THEN substr(cid, 4) ELSE cid END AS cid,
    -- The time of the batch, not of the clock: running it again must give the same rows.
    CASE WHEN bdate > CAST({{ batch_time }} AS date) THEN NULL ELSE bdate END AS bdate,
    CASE
        WHEN upper(trim(gen)) IN ('M', 'MALE') THEN 'Male'
        WHEN upper(trim(gen)) IN ('F', 'FEMALE') THEN 'Female'
        ELSE 'n/a'
    END AS gen
FROM {{ bronze }}.erp_cust_az12_current

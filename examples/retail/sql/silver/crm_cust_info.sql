/* ---
description: one row per customer of the CRM, the newest record, cleaned
tests:
  - not_null: [cst_id, cst_key]
  - unique: cst_id
  - {accepted: cst_marital_status, values: [Married, Single, n/a]}
  - {accepted: cst_gndr, values: [Male, Female, n/a]}
  - row_count: {min: 1}
trace:
  - to: bronze.crm_cust_info
    on: {cst_id: cst_id}
    chosen: "cst_create_date DESC NULLS LAST, dwh_source_row DESC"
--- */
WITH ranked AS (
    SELECT
        *,
        -- Of two records of the same day the later one in the file counts: a tie must not be left to chance.
        row_number() OVER (
            PARTITION BY cst_id ORDER BY cst_create_date DESC NULLS LAST, dwh_source_row DESC
        ) AS recency
    FROM {{ bronze }}.crm_cust_info_current
    WHERE cst_id IS NOT NULL
)
SELECT
    cst_id,
    cst_key,
    trim(cst_firstname) AS cst_firstname,
    trim(cst_lastname) AS cst_lastname,
    CASE upper(trim(cst_marital_status)) WHEN 'M' THEN 'Married' WHEN 'S' THEN 'Single' ELSE 'n/a' END
        AS cst_marital_status,
    CASE upper(trim(cst_gndr)) WHEN 'M' THEN 'Male' WHEN 'F' THEN 'Female' ELSE 'n/a' END AS cst_gndr,
    cst_create_date
FROM ranked
WHERE recency = 1

/* ---
description: one row per customer; the CRM's gender wins, the ERP fills what the CRM doesn't know
tests:
  - not_null: [customer_key, customer_id, customer_number]
  - unique: customer_key
  - unique: customer_id
  - {accepted: gender, values: [Male, Female, n/a]}
  - {accepted: marital_status, values: [Married, Single, n/a]}
  - row_count: {min: 1}
trace:
  - to: silver.crm_cust_info
    on: {customer_id: cst_id}
  - to: silver.erp_cust_az12
    on: {customer_number: cid}
  - to: silver.erp_loc_a101
    on: {customer_number: cid}
--- */
SELECT
    -- Ordered by the unique id: the same customers always get the same keys.
    row_number() OVER (ORDER BY c.cst_id) AS customer_key,
    c.cst_id AS customer_id,
    c.cst_key AS customer_number,
    c.cst_firstname AS first_name,
    c.cst_lastname AS last_name,
    coalesce(l.cntry, 'n/a') AS country,
    c.cst_marital_status AS marital_status,
    CASE WHEN c.cst_gndr <> 'n/a' THEN c.cst_gndr ELSE coalesce(b.gen, 'n/a') END AS gender,
    b.bdate AS birthdate,
    c.cst_create_date AS create_date
FROM {{ silver }}.crm_cust_info AS c
LEFT JOIN {{ silver }}.erp_cust_az12 AS b ON b.cid = c.cst_key
LEFT JOIN {{ silver }}.erp_loc_a101 AS l ON l.cid = c.cst_key

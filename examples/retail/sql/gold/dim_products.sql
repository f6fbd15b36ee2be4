/* ---
description: one row per product, its current version, with its category where the ERP knows it
tests:
  - not_null: [product_key, product_id, product_number]
  - unique: product_key
  - unique: product_number       # sales know only the number: two products of one would double them
  - {not_null: category, severity: warn, name: the ERP knows the category}
  - row_count: {min: 1}
trace:
  - to: silver.crm_prd_info
    on: {product_id: prd_id}
  - to: silver.erp_px_cat_g1v2
    on: {category_id: id}
--- */
SELECT
    -- By bytes: what a locale thinks of dashes must not move a key.
    row_number() OVER (ORDER BY p.prd_start_dt, p.prd_key COLLATE "C", p.prd_id) AS product_key,
    p.prd_id AS product_id,
    p.prd_key AS product_number,
    p.prd_nm AS product_name,
    p.cat_id AS category_id,
    c.cat AS category,
    c.subcat AS subcategory,
    c.maintenance AS maintenance,
    p.prd_cost AS cost,
    p.prd_line AS product_line,
    p.prd_start_dt AS start_date
FROM {{ silver }}.crm_prd_info AS p
LEFT JOIN {{ silver }}.erp_px_cat_g1v2 AS c ON c.id = p.cat_id
WHERE p.prd_end_dt IS NULL

/* ---
description: product categories of the ERP, as they come
tests:
  - not_null: id
  - unique: id
  - row_count: {min: 1}
trace:
  - to: bronze.erp_px_cat_g1v2
    on: {id: id}
--- */
SELECT id, cat, subcat, maintenance
FROM {{ bronze }}.erp_px_cat_g1v2_current

/* ---
materialized: view
description: sales lines, the keys of the CRM beside the surrogate keys; by it a fact is traced to its line
trace:
  - to: silver.crm_sales_details
    on: {order_number: sls_ord_num, product_number: sls_prd_key}
--- */
SELECT
    s.sls_ord_num AS order_number,
    s.sls_prd_key AS product_number,
    s.sls_cust_id AS customer_id,
    p.product_key,
    c.customer_key,
    s.sls_order_dt AS order_date,
    s.sls_ship_dt AS shipping_date,
    s.sls_due_dt AS due_date,
    s.sls_sales AS sales_amount,
    s.sls_quantity AS quantity,
    s.sls_price AS price
FROM {{ silver }}.crm_sales_details AS s
-- A line of an unknown product or customer keeps its money and gets a NULL key.
LEFT JOIN {{ gold }}.dim_products AS p ON p.product_number = s.sls_prd_key
LEFT JOIN {{ gold }}.dim_customers AS c ON c.customer_id = s.sls_cust_id

/* ---
description: one row per sales line
tests:
  - not_null: order_number
  - {not_null: product_key, severity: warn, name: product is known}
  - {not_null: customer_key, severity: warn, name: customer is known}
  - {unique: [order_number, product_key], severity: warn}
  - {relationship: product_key, to: gold.dim_products, field: product_key}
  - {relationship: customer_key, to: gold.dim_customers, field: customer_key}
  - row_count: {min: 1}
  # A price derived by integer division need not multiply back: worth a look, not a stop.
  - sql: "SELECT * FROM {{ this }} WHERE sales_amount <> quantity * price"
    name: amount is quantity times price
    severity: warn
trace:
  - to: gold.sales_lines
    on: {order_number: order_number, product_key: product_key}
  - to: gold.dim_products
    on: {product_key: product_key}
  - to: gold.dim_customers
    on: {customer_key: customer_key}
--- */
SELECT
    order_number,
    product_key,
    customer_key,
    order_date,
    shipping_date,
    due_date,
    sales_amount,
    quantity,
    price
FROM {{ gold }}.sales_lines

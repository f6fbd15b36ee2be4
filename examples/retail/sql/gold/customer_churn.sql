/* ---
materialized: materialized_view
description: >-
  who still buys: active up to 180 days without an order, at risk up to 365, then churned. Counted to the
  newest order date of the data, never to today, so that the same data always gives the same answer
tests:
  - not_null: [customer_key, status]
  - unique: customer_key
  - {accepted: status, values: [active, at risk, churned, no order date]}
  - sql: "SELECT * FROM {{ this }} WHERE days_since_last_order < 0"
trace:
  - to: gold.dim_customers
    on: {customer_key: customer_key}
  - to: gold.fact_sales
    on: {customer_key: customer_key}
--- */
WITH newest AS (
    SELECT max(order_date) AS as_of FROM {{ gold }}.fact_sales
),
last_orders AS (
    SELECT customer_key, max(order_date) AS last_order_date
    FROM {{ gold }}.fact_sales
    GROUP BY customer_key
),
silence AS (
    SELECT
        c.customer_key,
        c.customer_id,
        c.customer_number,
        c.country,
        n.as_of,
        o.last_order_date,
        CAST(n.as_of - o.last_order_date AS integer) AS days_since_last_order
    FROM {{ gold }}.dim_customers AS c
    CROSS JOIN newest AS n
    LEFT JOIN last_orders AS o ON o.customer_key = c.customer_key
)
SELECT
    customer_key,
    customer_id,
    customer_number,
    country,
    as_of,
    last_order_date,
    days_since_last_order,
    CASE
        WHEN days_since_last_order IS NULL THEN 'no order date'
        WHEN days_since_last_order <= 180 THEN 'active'
        WHEN days_since_last_order <= 365 THEN 'at risk'
        ELSE 'churned'
    END AS status
FROM silence

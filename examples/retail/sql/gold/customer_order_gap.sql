/* ---
materialized: materialized_view
description: days between the order dates of a customer; no gaps where all orders are of one day
tests:
  - not_null: [customer_key, order_days]
  - unique: customer_key
  - sql: "SELECT * FROM {{ this }} WHERE shortest_gap_days > longest_gap_days OR shortest_gap_days < 1"
trace:
  - to: gold.dim_customers
    on: {customer_key: customer_key}
  - to: gold.fact_sales
    on: {customer_key: customer_key}
--- */
WITH order_days AS (
    SELECT DISTINCT customer_key, order_date
    FROM {{ gold }}.fact_sales
    WHERE customer_key IS NOT NULL AND order_date IS NOT NULL
),
pairs AS (
    SELECT
        customer_key,
        order_date,
        lag(order_date) OVER (PARTITION BY customer_key ORDER BY order_date) AS previous_date
    FROM order_days
),
gaps AS (
    SELECT customer_key, order_date, CAST(order_date - previous_date AS integer) AS gap_days FROM pairs
)
SELECT
    c.customer_key,
    c.customer_id,
    c.customer_number,
    count(*) AS order_days,
    min(g.order_date) AS first_order_date,
    max(g.order_date) AS last_order_date,
    min(g.gap_days) AS shortest_gap_days,
    max(g.gap_days) AS longest_gap_days,
    -- Tenths of a day, rounded as whole numbers: the same digits on every engine.
    CAST(CAST(floor(10.0 * sum(g.gap_days) / nullif(count(g.gap_days), 0) + 0.5) AS bigint) * 0.1
        AS decimal(9, 1)) AS average_gap_days
FROM gaps AS g
JOIN {{ gold }}.dim_customers AS c ON c.customer_key = g.customer_key
GROUP BY c.customer_key, c.customer_id, c.customer_number

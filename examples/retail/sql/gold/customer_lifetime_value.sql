/* ---
materialized: materialized_view
description: what each customer brought, from the first order to the last
tests:
  - not_null: [customer_key, orders, lifetime_value]
  - unique: customer_key
trace:
  - to: gold.dim_customers
    on: {customer_key: customer_key}
  - to: gold.fact_sales
    on: {customer_key: customer_key}
--- */
WITH totals AS (
    SELECT
        customer_key,
        count(DISTINCT order_number) AS orders,
        CAST(sum(quantity) AS bigint) AS quantity,
        CAST(sum(sales_amount) AS bigint) AS amount,
        min(order_date) AS first_order_date,
        max(order_date) AS last_order_date
    FROM {{ gold }}.fact_sales
    WHERE customer_key IS NOT NULL
    GROUP BY customer_key
)
SELECT
    c.customer_key,
    c.customer_id,
    c.customer_number,
    c.country,
    coalesce(t.orders, 0) AS orders,
    coalesce(t.quantity, 0) AS quantity,
    coalesce(t.amount, 0) AS lifetime_value,
    -- Rounded to whole cents before it becomes a decimal: the same digits on every engine.
    CAST(CAST(floor(100.0 * t.amount / t.orders + 0.5) AS bigint) * 0.01 AS decimal(18, 2))
        AS average_order_value,
    t.first_order_date,
    t.last_order_date,
    CAST(t.last_order_date - t.first_order_date AS integer) AS days_as_buyer
FROM {{ gold }}.dim_customers AS c
LEFT JOIN totals AS t ON t.customer_key = c.customer_key

-- What each customer brought, from the first order to the last.
CREATE OR REPLACE PROCEDURE tools.refresh_mv_customer_lifetime_value(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    view text := format('%I.%I', 'gold_' || client_schema, 'customer_lifetime_value');
BEGIN
    IF to_regclass(view) IS NULL THEN
        EXECUTE format($sql$
            CREATE MATERIALIZED VIEW %2$s AS
            WITH totals AS (
                SELECT customer_key, count(DISTINCT order_number) AS orders,
                    CAST(sum(quantity) AS bigint) AS quantity, CAST(sum(sales_amount) AS bigint) AS amount,
                    min(order_date) AS first_order_date, max(order_date) AS last_order_date
                FROM %1$I.fact_sales
                WHERE customer_key IS NOT NULL
                GROUP BY customer_key
            )
            SELECT
                c.customer_key, c.customer_id, c.customer_number, c.country,
                coalesce(t.orders, 0) AS orders,
                coalesce(t.quantity, 0) AS quantity,
                coalesce(t.amount, 0) AS lifetime_value,
                CAST(floor(100.0 * t.amount / t.orders + 0.5) * 0.01 AS numeric(18, 2)) AS average_order_value,
                t.first_order_date, t.last_order_date,
                t.last_order_date - t.first_order_date AS days_as_buyer
            FROM %1$I.dim_customers AS c
            LEFT JOIN totals AS t ON t.customer_key = c.customer_key
        $sql$, 'gold_' || client_schema, view);
        -- What lets it be refreshed while others read it.
        EXECUTE format('CREATE UNIQUE INDEX ON %s (customer_key)', view);
    ELSE
        EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', view);
    END IF;
    is_success := true;
END
$procedure$;

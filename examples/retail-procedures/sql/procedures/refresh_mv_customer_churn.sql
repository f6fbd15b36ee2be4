-- Who still buys: active up to 180 days without an order, at risk up to 365, then churned. Counted to the
-- newest order date of the data, never to today.
CREATE OR REPLACE PROCEDURE tools.refresh_mv_customer_churn(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    view text := format('%I.%I', 'gold_' || client_schema, 'customer_churn');
BEGIN
    IF to_regclass(view) IS NULL THEN
        EXECUTE format($sql$
            CREATE MATERIALIZED VIEW %2$s AS
            WITH newest AS (
                SELECT max(order_date) AS as_of FROM %1$I.fact_sales
            ),
            last_orders AS (
                SELECT customer_key, max(order_date) AS last_order_date FROM %1$I.fact_sales GROUP BY customer_key
            ),
            silence AS (
                SELECT c.customer_key, c.customer_id, c.customer_number, c.country, n.as_of, o.last_order_date,
                    n.as_of - o.last_order_date AS days_since_last_order
                FROM %1$I.dim_customers AS c
                CROSS JOIN newest AS n
                LEFT JOIN last_orders AS o ON o.customer_key = c.customer_key
            )
            SELECT
                *,
                CASE
                    WHEN days_since_last_order IS NULL THEN 'no order date'
                    WHEN days_since_last_order <= 180 THEN 'active'
                    WHEN days_since_last_order <= 365 THEN 'at risk'
                    ELSE 'churned'
                END AS status
            FROM silence
        $sql$, 'gold_' || client_schema, view);
        -- What lets it be refreshed while others read it.
        EXECUTE format('CREATE UNIQUE INDEX ON %s (customer_key)', view);
    ELSE
        EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', view);
    END IF;
    is_success := true;
END
$procedure$;

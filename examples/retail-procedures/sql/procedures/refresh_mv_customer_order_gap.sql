-- Days between the order dates of a customer; no gaps where all orders are of one day.
CREATE OR REPLACE PROCEDURE tools.refresh_mv_customer_order_gap(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    view text := format('%I.%I', 'gold_' || client_schema, 'customer_order_gap');
BEGIN
    IF to_regclass(view) IS NULL THEN
        EXECUTE format($sql$
            CREATE MATERIALIZED VIEW %2$s AS
            WITH order_days AS (
                SELECT DISTINCT customer_key, order_date
                FROM %1$I.fact_sales
                WHERE customer_key IS NOT NULL AND order_date IS NOT NULL
            ),
            gaps AS (
                SELECT customer_key, order_date,
                    order_date - lag(order_date) OVER (PARTITION BY customer_key ORDER BY order_date) AS gap_days
                FROM order_days
            )
            SELECT
                c.customer_key, c.customer_id, c.customer_number,
                count(*) AS order_days,
                min(g.order_date) AS first_order_date,
                max(g.order_date) AS last_order_date,
                min(g.gap_days) AS shortest_gap_days,
                max(g.gap_days) AS longest_gap_days,
                CAST(floor(10.0 * sum(g.gap_days) / nullif(count(g.gap_days), 0) + 0.5) * 0.1 AS numeric(9, 1))
                    AS average_gap_days
            FROM gaps AS g
            JOIN %1$I.dim_customers AS c ON c.customer_key = g.customer_key
            GROUP BY c.customer_key, c.customer_id, c.customer_number
        $sql$, 'gold_' || client_schema, view);
        -- What lets it be refreshed while others read it.
        EXECUTE format('CREATE UNIQUE INDEX ON %s (customer_key)', view);
    ELSE
        EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %s', view);
    END IF;
    is_success := true;
END
$procedure$;

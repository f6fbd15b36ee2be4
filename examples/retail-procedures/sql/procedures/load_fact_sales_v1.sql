-- One row per sales line. The view sales_lines holds the CRM's keys beside the surrogate keys.
CREATE OR REPLACE PROCEDURE tools.load_fact_sales_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'gold_' || client_schema, 'fact_sales');
    lines text := format('%I.%I', 'gold_' || client_schema, 'sales_lines');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                order_number text,
                product_key bigint,
                customer_key bigint,
                order_date date,
                shipping_date date,
                due_date date,
                sales_amount integer,
                quantity integer,
                price integer
            )
        $sql$, target);
    END IF;
    IF to_regclass(lines) IS NULL THEN
        EXECUTE format($sql$
            CREATE VIEW %1$s AS
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
            FROM %3$I.crm_sales_details AS s
            -- A line of an unknown product or customer keeps its money and gets a NULL key.
            LEFT JOIN %2$I.dim_products AS p ON p.product_number = s.sls_prd_key
            LEFT JOIN %2$I.dim_customers AS c ON c.customer_id = s.sls_cust_id
        $sql$, lines, 'gold_' || client_schema, 'silver_' || client_schema);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT order_number, product_key, customer_key, order_date, shipping_date, due_date, sales_amount, quantity,
            price
        FROM %1$I.sales_lines
    $sql$, 'gold_' || client_schema));
    is_success := true;
END
$procedure$;

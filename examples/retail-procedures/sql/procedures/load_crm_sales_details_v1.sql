-- One row per sales line, with real dates and amounts that agree with quantity and price.
CREATE OR REPLACE PROCEDURE tools.load_crm_sales_details_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'crm_sales_details');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                sls_ord_num text,
                sls_prd_key text,
                sls_cust_id integer,
                sls_order_dt date,
                sls_ship_dt date,
                sls_due_dt date,
                sls_sales integer,
                sls_quantity integer,
                sls_price integer
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        WITH sales AS (
            SELECT * FROM %1$I.crm_sales_details_current
        ),
        -- Every 8-digit number that stands for a date, once.
        day_numbers AS (
            SELECT sls_order_dt AS day_number FROM sales WHERE sls_order_dt BETWEEN 10000101 AND 99991231
            UNION
            SELECT sls_ship_dt FROM sales WHERE sls_ship_dt BETWEEN 10000101 AND 99991231
            UNION
            SELECT sls_due_dt FROM sales WHERE sls_due_dt BETWEEN 10000101 AND 99991231
        ),
        counted AS (
            SELECT
                day_number,
                day_number / 100 %% 100 AS m,
                CASE WHEN day_number / 100 %% 100 BETWEEN 1 AND 12
                    THEN make_date(day_number / 10000, day_number / 100 %% 100, 1) + (day_number %% 100 - 1)
                END AS counted_day
            FROM day_numbers
        ),
        -- Counted from the first of its month a real day stays in that month; 20111332 and 20130230 become NULL.
        calendar AS (
            SELECT day_number, CASE WHEN extract(month FROM counted_day) = m THEN counted_day END AS calendar_day
            FROM counted
        )
        SELECT
            s.sls_ord_num,
            s.sls_prd_key,
            s.sls_cust_id,
            ordered.calendar_day AS sls_order_dt,
            shipped.calendar_day AS sls_ship_dt,
            due.calendar_day AS sls_due_dt,
            CASE
                WHEN s.sls_sales IS NULL OR s.sls_sales <= 0 OR s.sls_sales <> s.sls_quantity * abs(s.sls_price)
                    THEN s.sls_quantity * abs(s.sls_price)
                ELSE s.sls_sales
            END AS sls_sales,
            s.sls_quantity,
            CASE
                WHEN s.sls_price IS NULL OR s.sls_price <= 0 THEN s.sls_sales / nullif(s.sls_quantity, 0)
                ELSE s.sls_price
            END AS sls_price
        FROM sales AS s
        LEFT JOIN calendar AS ordered ON ordered.day_number = s.sls_order_dt
        LEFT JOIN calendar AS shipped ON shipped.day_number = s.sls_ship_dt
        LEFT JOIN calendar AS due ON due.day_number = s.sls_due_dt
    $sql$, 'bronze_' || client_schema));
    is_success := true;
END
$procedure$;

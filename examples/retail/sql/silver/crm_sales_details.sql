/* ---
description: one row per sales line, with real dates and amounts that agree with quantity and price
tests:
  - not_null: [sls_ord_num, sls_prd_key, sls_cust_id]
  - row_count: {min: 1}
  - sql: "SELECT * FROM {{ this }} WHERE sls_order_dt > sls_ship_dt OR sls_order_dt > sls_due_dt"
    name: ordered before shipped and due
    severity: warn
trace:
  - to: bronze.crm_sales_details
    on: {sls_ord_num: sls_ord_num, sls_prd_key: sls_prd_key}
--- */
WITH sales AS (
    SELECT * FROM {{ bronze }}.crm_sales_details_current
),
-- Every 8-digit number that stands for a date, once.
day_numbers AS (
    SELECT sls_order_dt AS day_number FROM sales WHERE sls_order_dt BETWEEN 10000101 AND 99991231
    UNION
    SELECT sls_ship_dt FROM sales WHERE sls_ship_dt BETWEEN 10000101 AND 99991231
    UNION
    SELECT sls_due_dt FROM sales WHERE sls_due_dt BETWEEN 10000101 AND 99991231
),
parts AS (
    -- The remainder goes before the division, so that it comes out even whatever `/` means to the engine.
    SELECT
        day_number,
        CAST((day_number - day_number % 10000) / 10000 AS integer) AS y,
        CAST((day_number % 10000 - day_number % 100) / 100 AS integer) AS m,
        CAST(day_number % 100 AS integer) AS d
    FROM day_numbers
),
counted AS (
    SELECT day_number, m, CASE WHEN m BETWEEN 1 AND 12 THEN make_date(y, m, 1) + (d - 1) END AS counted_day
    FROM parts
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
        WHEN s.sls_price IS NULL OR s.sls_price <= 0
            THEN CAST(trunc(s.sls_sales / nullif(s.sls_quantity, 0)) AS integer)
        ELSE s.sls_price
    END AS sls_price
FROM sales AS s
LEFT JOIN calendar AS ordered ON ordered.day_number = s.sls_order_dt
LEFT JOIN calendar AS shipped ON shipped.day_number = s.sls_ship_dt
LEFT JOIN calendar AS due ON due.day_number = s.sls_due_dt

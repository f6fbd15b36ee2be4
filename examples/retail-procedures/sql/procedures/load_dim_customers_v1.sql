-- One row per customer; the CRM's gender wins, the ERP fills what the CRM doesn't know.
CREATE OR REPLACE PROCEDURE tools.load_dim_customers_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'gold_' || client_schema, 'dim_customers');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                customer_key bigint PRIMARY KEY,
                customer_id integer,
                customer_number text,
                first_name text,
                last_name text,
                country text,
                marital_status text,
                gender text,
                birthdate date,
                create_date date
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            -- Ordered by the unique id: the same customers always get the same keys.
            row_number() OVER (ORDER BY c.cst_id) AS customer_key,
            c.cst_id AS customer_id,
            c.cst_key AS customer_number,
            c.cst_firstname AS first_name,
            c.cst_lastname AS last_name,
            coalesce(l.cntry, 'n/a') AS country,
            c.cst_marital_status AS marital_status,
            CASE WHEN c.cst_gndr <> 'n/a' THEN c.cst_gndr ELSE coalesce(b.gen, 'n/a') END AS gender,
            b.bdate AS birthdate,
            c.cst_create_date AS create_date
        FROM %1$I.crm_cust_info AS c
        LEFT JOIN %1$I.erp_cust_az12 AS b ON b.cid = c.cst_key
        LEFT JOIN %1$I.erp_loc_a101 AS l ON l.cid = c.cst_key
    $sql$, 'silver_' || client_schema));
    is_success := true;
END
$procedure$;

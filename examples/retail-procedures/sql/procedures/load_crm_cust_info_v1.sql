-- The newest record per customer of the CRM, cleaned.
CREATE OR REPLACE PROCEDURE tools.load_crm_cust_info_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'crm_cust_info');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                cst_id integer PRIMARY KEY,
                cst_key text,
                cst_firstname text,
                cst_lastname text,
                cst_marital_status text,
                cst_gndr text,
                cst_create_date date
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            cst_id,
            cst_key,
            trim(cst_firstname) AS cst_firstname,
            trim(cst_lastname) AS cst_lastname,
            CASE upper(trim(cst_marital_status)) WHEN 'M' THEN 'Married' WHEN 'S' THEN 'Single' ELSE 'n/a' END
                AS cst_marital_status,
            CASE upper(trim(cst_gndr)) WHEN 'M' THEN 'Male' WHEN 'F' THEN 'Female' ELSE 'n/a' END AS cst_gndr,
            cst_create_date
        FROM (
            SELECT
                *,
                -- Of two records of the same day the later one in the file counts: a tie must not be left to chance.
                row_number() OVER (
                    PARTITION BY cst_id ORDER BY cst_create_date DESC NULLS LAST, dwh_source_row DESC
                ) AS recency
            FROM %1$I.crm_cust_info_current
            WHERE cst_id IS NOT NULL
        ) AS ranked
        WHERE recency = 1
    $sql$, 'bronze_' || client_schema));
    is_success := true;
END
$procedure$;

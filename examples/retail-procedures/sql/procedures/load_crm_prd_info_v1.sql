-- One row per version of a product; a version ends the day before the next one starts.
CREATE OR REPLACE PROCEDURE tools.load_crm_prd_info_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'crm_prd_info');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                prd_id integer PRIMARY KEY,
                cat_id text,
                prd_key text,
                prd_nm text,
                prd_cost integer,
                prd_line text,
                prd_start_dt date,
                prd_end_dt date
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            prd_id,
            -- AC-HE-HL-U509-R: the category, a dash, the number that sales know
            replace(substr(prd_key, 1, 5), '-', '_') AS cat_id,
            substr(prd_key, 7) AS prd_key,
            prd_nm,
            coalesce(prd_cost, 0) AS prd_cost,
            CASE upper(trim(prd_line))
                WHEN 'M' THEN 'Mountain'
                WHEN 'R' THEN 'Road'
                WHEN 'S' THEN 'Other Sales'
                WHEN 'T' THEN 'Touring'
                ELSE 'n/a'
            END AS prd_line,
            prd_start_dt,
            lead(prd_start_dt) OVER (PARTITION BY prd_key ORDER BY prd_start_dt, prd_id) - 1 AS prd_end_dt
        FROM %1$I.crm_prd_info_current
    $sql$, 'bronze_' || client_schema));
    is_success := true;
END
$procedure$;

-- Birth date and gender by customer number, from the ERP.
CREATE OR REPLACE PROCEDURE tools.load_erp_cust_az12_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'erp_cust_az12');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                cid text PRIMARY KEY,
                bdate date,
                gen text
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            CASE WHEN cid LIKE 'NAS%%' THEN substr(cid, 4) ELSE cid END AS cid,
            -- The time of the batch, not of the clock: running it again must give the same rows.
            CASE WHEN bdate > %2$L::date THEN NULL ELSE bdate END AS bdate,
            CASE
                WHEN upper(trim(gen)) IN ('M', 'MALE') THEN 'Male'
                WHEN upper(trim(gen)) IN ('F', 'FEMALE') THEN 'Female'
                ELSE 'n/a'
            END AS gen
        FROM %1$I.erp_cust_az12_current
    $sql$, 'bronze_' || client_schema, current_setting('pulih.batch_time')::timestamptz AT TIME ZONE 'UTC'));
    is_success := true;
END
$procedure$;

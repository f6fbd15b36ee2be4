-- Country by customer number, from the ERP.
CREATE OR REPLACE PROCEDURE tools.load_erp_loc_a101_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'erp_loc_a101');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                cid text PRIMARY KEY,
                cntry text
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            replace(cid, '-', '') AS cid,
            CASE
                WHEN trim(cntry) = 'DE' THEN 'Germany'
                WHEN trim(cntry) IN ('US', 'USA') THEN 'United States'
                WHEN cntry IS NULL OR trim(cntry) = '' THEN 'n/a'
                ELSE trim(cntry)
            END AS cntry
        FROM %1$I.erp_loc_a101_current
    $sql$, 'bronze_' || client_schema));
    is_success := true;
END
$procedure$;

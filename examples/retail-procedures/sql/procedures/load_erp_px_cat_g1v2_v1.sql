-- Product categories of the ERP, as they come.
CREATE OR REPLACE PROCEDURE tools.load_erp_px_cat_g1v2_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'silver_' || client_schema, 'erp_px_cat_g1v2');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                id text PRIMARY KEY,
                cat text,
                subcat text,
                maintenance text
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT id, cat, subcat, maintenance
        FROM %1$I.erp_px_cat_g1v2_current
    $sql$, 'bronze_' || client_schema));
    is_success := true;
END
$procedure$;

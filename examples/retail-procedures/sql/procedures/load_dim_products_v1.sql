-- One row per product, its current version, with its category where the ERP knows it.
CREATE OR REPLACE PROCEDURE tools.load_dim_products_v1(
    client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    target text := format('%I.%I', 'gold_' || client_schema, 'dim_products');
BEGIN
    IF to_regclass(target) IS NULL THEN
        EXECUTE format($sql$
            CREATE TABLE %s (
                product_key bigint PRIMARY KEY,
                product_id integer,
                product_number text,
                product_name text,
                category_id text,
                category text,
                subcategory text,
                maintenance text,
                cost integer,
                product_line text,
                start_date date
            )
        $sql$, target);
    END IF;
    CALL tools.write_difference(target, format($sql$
        SELECT
            -- By bytes: what a locale thinks of dashes must not move a key.
            row_number() OVER (ORDER BY p.prd_start_dt, p.prd_key COLLATE "C", p.prd_id) AS product_key,
            p.prd_id AS product_id,
            p.prd_key AS product_number,
            p.prd_nm AS product_name,
            p.cat_id AS category_id,
            c.cat AS category,
            c.subcat AS subcategory,
            c.maintenance AS maintenance,
            p.prd_cost AS cost,
            p.prd_line AS product_line,
            p.prd_start_dt AS start_date
        FROM %1$I.crm_prd_info AS p
        LEFT JOIN %1$I.erp_px_cat_g1v2 AS c ON c.id = p.cat_id
        WHERE p.prd_end_dt IS NULL
    $sql$, 'silver_' || client_schema));
    is_success := true;
END
$procedure$;

-- Brings a table to what a SELECT gives, by deleting and inserting only the rows that differ. Readers with an older
-- snapshot keep seeing the old rows: that is why nothing here is truncated, dropped or renamed.
CREATE OR REPLACE PROCEDURE tools.write_difference(target text, source text)
LANGUAGE plpgsql AS $procedure$
DECLARE
    deleted bigint;
    inserted bigint;
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE wanted (LIKE %s) ON COMMIT DROP', target);
    EXECUTE 'INSERT INTO wanted ' || source;
    -- Rows are compared as text and counted: a table without a key may hold the same row twice.
    EXECUTE format($sql$
        DELETE FROM %1$s WHERE ctid IN (
            SELECT old.place
            FROM (
                SELECT t.ctid AS place, t::text AS line, row_number() OVER (PARTITION BY t::text) AS nth
                FROM %1$s AS t
            ) AS old
            LEFT JOIN (SELECT w::text AS line, count(*) AS times FROM wanted AS w GROUP BY 1) AS new
                ON new.line = old.line
            WHERE old.nth > coalesce(new.times, 0))
    $sql$, target);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    EXECUTE format($sql$
        INSERT INTO %1$s
        SELECT (new.w).*
        FROM (SELECT w, row_number() OVER (PARTITION BY w::text) AS nth FROM wanted AS w) AS new
        LEFT JOIN (SELECT t::text AS line, count(*) AS times FROM %1$s AS t GROUP BY 1) AS old
            ON old.line = new.w::text
        WHERE new.nth > coalesce(old.times, 0)
    $sql$, target);
    GET DIAGNOSTICS inserted = ROW_COUNT;
    DROP TABLE wanted;
    RAISE NOTICE '%: % rows deleted, % inserted', target, deleted, inserted;
END
$procedure$;

// The bare DuckDB that a landing is measured against: runs each argument as SQL in a database in memory.
#include "shim.h"

#include <stdio.h>

const char *duckdb_library_version(void);
duckdb_state duckdb_open(const char *path, duckdb_database *out_database);
duckdb_state duckdb_query(duckdb_connection connection, const char *query, duckdb_result *out_result);

int main(int count, char **arguments) {
    duckdb_database database;
    duckdb_connection connection;
    if (count == 1) return puts(duckdb_library_version()) < 0;
    if (duckdb_open(NULL, &database) != DuckDBSuccess) return 1;
    if (duckdb_connect(database, &connection) != DuckDBSuccess) return 1;
    for (int index = 1; index < count; index++) {
        duckdb_result result;
        if (duckdb_query(connection, arguments[index], &result) != DuckDBSuccess) {
            fprintf(stderr, "%s\n", duckdb_result_error(&result));
            return 1;
        }
        duckdb_destroy_result(&result);
    }
    return 0;
}

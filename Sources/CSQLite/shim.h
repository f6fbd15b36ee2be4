#pragma once
// SQLITE_TRANSIENT is a cast that Swift cannot see: SQLite copies what is bound.
#include <sqlite3.h>

static inline int pulih_bind_text(sqlite3_stmt *statement, int index, const char *text,
                                  sqlite3_uint64 bytes) {
    return sqlite3_bind_text64(statement, index, text ? text : "", bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// A null pointer would bind NULL, so an empty blob gets one that is not.
static inline int pulih_bind_blob(sqlite3_stmt *statement, int index, const void *bytes,
                                  sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

// The macros compute, which Swift does not follow.
static const int pulih_constraint_check = SQLITE_CONSTRAINT_CHECK;
static const int pulih_constraint_foreign_key = SQLITE_CONSTRAINT_FOREIGNKEY;
static const int pulih_constraint_not_null = SQLITE_CONSTRAINT_NOTNULL;
static const int pulih_constraint_primary_key = SQLITE_CONSTRAINT_PRIMARYKEY;
static const int pulih_constraint_rowid = SQLITE_CONSTRAINT_ROWID;
static const int pulih_constraint_unique = SQLITE_CONSTRAINT_UNIQUE;

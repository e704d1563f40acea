#ifndef DURBEEN_CSQLITE_SHIM_H
#define DURBEEN_CSQLITE_SHIM_H
#include <sqlite3.h>

/* These codes are macros that compute, which Swift does not import. */
static const int durbeen_ioerr_fsync = SQLITE_IOERR_FSYNC;
static const int durbeen_ioerr_dir_fsync = SQLITE_IOERR_DIR_FSYNC;

/* sqlite3_config takes what arguments an option has, which Swift does not import. */
static inline int durbeen_sqlite_without_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
#endif

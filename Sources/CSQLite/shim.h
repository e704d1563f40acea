#ifndef DURBEEN_CSQLITE_SHIM_H
#define DURBEEN_CSQLITE_SHIM_H
#include <sqlite3.h>
#endif

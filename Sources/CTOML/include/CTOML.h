/* TOML 1.0 through toml++, behind a C interface. toml++ was chosen because its errors and values carry line and column. */
#ifndef DURBEEN_CTOML_H
#define DURBEEN_CTOML_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DURBEEN_TOML_TABLE,   /* begins a table; ended by DURBEEN_TOML_END */
    DURBEEN_TOML_ARRAY,   /* begins an array; ended by DURBEEN_TOML_END */
    DURBEEN_TOML_END,
    DURBEEN_TOML_STRING,  /* text, text_length */
    DURBEEN_TOML_INTEGER, /* integer */
    DURBEEN_TOML_REAL,    /* real */
    DURBEEN_TOML_BOOLEAN, /* integer is 0 or 1 */
    DURBEEN_TOML_OTHER,   /* a date or a time */
    DURBEEN_TOML_ERROR    /* text says what is wrong; nothing follows */
} durbeen_toml_kind;

/* One step through a document, depth first, the keys of a table in no useful order. Valid only during the call. */
typedef struct {
    durbeen_toml_kind kind;
    const char *key; /* NULL inside an array and for the root */
    size_t key_length;
    uint32_t key_line, key_column; /* counted from 1; columns are code points */
    uint32_t line, column;         /* of the value */
    const char *text;
    size_t text_length;
    int64_t integer;
    double real;
} durbeen_toml_event;

/* Reads `length` bytes and reports each value. Never throws and never recurses deeper than a few hundred levels; a
 * document that is not TOML, or is nested absurdly, gives one ERROR event and no other. */
void durbeen_toml_read(const char *bytes, size_t length, void *context,
                       void (*report)(void *context, const durbeen_toml_event *event));

#ifdef __cplusplus
}
#endif
#endif

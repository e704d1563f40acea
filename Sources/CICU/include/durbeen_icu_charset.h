#ifndef DURBEEN_ICU_CHARSET_H
#define DURBEEN_ICU_CHARSET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#endif

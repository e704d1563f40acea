#ifndef DURBEEN_CTOML_H
#define DURBEEN_CTOML_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

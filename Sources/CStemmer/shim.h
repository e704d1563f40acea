#ifndef DURBEEN_CSTEMMER_SHIM_H
#define DURBEEN_CSTEMMER_SHIM_H
#include <libstemmer.h>
#endif

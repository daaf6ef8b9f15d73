/* What libdouble-conversion prints; test_number.c compares. */
#ifndef NUMBER_ORACLE_H
#define NUMBER_ORACLE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C"
#endif
    void
    number_oracle(char *out, size_t capacity, double value);

#endif

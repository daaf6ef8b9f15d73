/*
 * Reads public test vectors from the folder that $BADGED_VECTORS names; the repository does not contain them.
 *
 * Without the variable a test that reads one is skipped, with a message; with it a missing file fails the test. Link
 * `vectors`.
 */
#ifndef BADGE_TESTS_VECTORS_H
#define BADGE_TESTS_VECTORS_H

#include "support/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A whole file, plain or gzip, and a NUL after it; freed by the caller. name: relative, such as "jcs/input/a.json". */
char *vectors_read(const char *name, size_t *len);
/* The same, as JSON; json_decref() by the caller. */
json_t *vectors_json(const char *name);
/* Hexadecimal with or without 0x; freed by the caller. */
uint8_t *vectors_hex(const char *text, size_t *len);

#endif

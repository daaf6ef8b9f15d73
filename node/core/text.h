/*
 * Texts that do not end in a NUL: compared, and cut.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "badge/json.h"

bool core_text_equal(struct badge_text a, struct badge_text b);
bool core_text_is(struct badge_text text, const char *expected);
/* Moves past a prefix; false: the text does not begin with it. */
bool core_text_skip(struct badge_text *text, const char *prefix);
/* Days from 1970-01-01 in the proleptic Gregorian calendar. */
int64_t core_days_from_date(int64_t year, int64_t month, int64_t day);
/* Without the white space of JSON and XML at both ends. */
struct badge_text core_text_trim(struct badge_text text);

#endif

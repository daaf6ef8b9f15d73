/*
 * The form of the built-in contexts, which scripts/contexts-table writes and contexts.c reads.
 *
 * All contexts together are things with numbers, each stored once however many contexts share it: contexts_at[number]
 * is where it begins in contexts_bytes. A thing begins with size * 8 + kind, and goes on by kind:
 *
 *   0 text      `size` bytes of ASCII without a quote, a backslash or a control character
 *   1 joined    the number of a text, which another follows: with size 1 the text of the next number, with size 0 the
 *               name of the term that is being defined, which is the innermost member whose name has no @ in front
 *   2 array     `size` numbers
 *   3 object    `size` pairs of numbers, name and value, in canonical order of the names
 *   4 literal   size 0 null, 1 false, 2 true, 3 the number 1.1
 *
 * So {"name": {"@id": "https://schema.org/name"}} and {"url": {"@id": "https://schema.org/url"}} have the same object
 * as their value. A number is in base 128, the lowest digit first, all but the last with the high bit set; what is used
 * most often has the lowest numbers.
 */
#ifndef JSONLD_CONTEXTS_TABLE_H
#define JSONLD_CONTEXTS_TABLE_H

#include "badge/jsonld.h"

struct contexts_root {
    const char *url;
    uint16_t number; /* of the context document */
};

extern const struct contexts_root contexts_roots[];
extern const size_t contexts_n_roots;
/* Of the same URLs in the same order; apart, so that a program which does not ask leaves it out. */
extern const struct badge_jsonld_context contexts_published[];

extern const uint16_t contexts_at[];
extern const unsigned char contexts_bytes[];

#endif

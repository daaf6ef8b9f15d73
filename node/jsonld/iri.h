/*
 * Keywords and IRIs as texts: nothing here knows a context.
 */
#ifndef JSONLD_IRI_H
#define JSONLD_IRI_H

#include "badge/jsonld.h"

/* In the order of the table in iri.c. */
enum ld_keyword {
    LD_BASE,
    LD_CONTAINER,
    LD_CONTEXT,
    LD_DIRECTION,
    LD_GRAPH,
    LD_ID,
    LD_IMPORT,
    LD_INCLUDED,
    LD_INDEX,
    LD_JSON,
    LD_LANGUAGE,
    LD_LIST_KEYWORD,
    LD_NEST,
    LD_NO_KEY, /* @none */
    LD_PREFIX,
    LD_PROPAGATE,
    LD_PROTECTED,
    LD_REVERSE,
    LD_SET,
    LD_TYPE,
    LD_VALUE_KEYWORD,
    LD_VERSION,
    LD_VOCAB,
    LD_NOT_KEYWORD,
};

/* The keyword's text, which is static. */
struct badge_text ld_keyword_text(enum ld_keyword keyword);
/* LD_NOT_KEYWORD: it is not one. */
enum ld_keyword ld_keyword(struct badge_text text);
/* Whether the text has the form of a keyword: @ and letters. Such a text is never a term or an IRI. */
bool ld_is_keyword_like(struct badge_text text);

/* Whether it begins with a scheme or "_:" and is without white space: an IRI or a blank node identifier. */
bool ld_is_absolute(struct badge_text text);
bool ld_is_blank(struct badge_text text);
/* Whether the text ends with one of RFC 3986's gen-delims. */
bool ld_ends_with_delimiter(struct badge_text text);
/* The offset of the first colon after the first character; 0: there is not one. */
size_t ld_colon(struct badge_text text);

/* A text of both in the arena; false: out of memory. */
bool ld_concat(struct badge_text *out, struct badge_arena *arena, struct badge_text a,
               struct badge_text b) BADGE_CHECKED;

/*
 * RFC 3986 section 5.2. Without a base (len 0), or with a scheme, the reference itself. False: out of memory.
 */
bool ld_iri_resolve(struct badge_text *out, struct badge_arena *arena, struct badge_text base,
                    struct badge_text reference) BADGE_CHECKED;

#endif

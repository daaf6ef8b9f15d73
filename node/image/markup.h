/*
 * Finds the tags of an XML document in UTF-8, in order, with their positions; it knows nothing of their meaning. It
 * enforces limits on what libxml2 does in quadratic time, before libxml2 sees the document, and says where to cut and
 * insert. In a well-formed document it finds the same tags as libxml2; in a malformed one it may go wrong, but only
 * after the place where libxml2 stops.
 */
#ifndef IMAGE_MARKUP_H
#define IMAGE_MARKUP_H

#include "image/image.h"

struct markup {
    const char *text;
    size_t len, at;
    unsigned depth;                     /* of open elements */
    unsigned n_elements;                /* so far */
    unsigned n_namespaces;              /* in scope */
    uint16_t declared[IMAGE_MAX_DEPTH]; /* namespaces that each open element declares */
};

enum markup_tag_kind { MARKUP_START, MARKUP_EMPTY, MARKUP_END };

struct markup_tag {
    enum markup_tag_kind kind;
    size_t at, end;  /* from '<' to after '>' */
    size_t name_len; /* of a start tag: its name is at `at` + 1 */
};

void markup_init(struct markup *markup, const char *text, size_t len);
/*
 * The next tag.
 * errors    BADGE_ENOTFOUND: no more tags; BADGE_EIMAGE; BADGE_EUNSUPPORTED: an internal subset; BADGE_ELIMIT
 */
enum badge_status markup_next(struct markup *markup, struct markup_tag *tag, struct badge_err *err) BADGE_CHECKED;

#endif

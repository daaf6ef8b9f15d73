/*
 * Where the checks put what they find, and the way from the credential to the value that they are at.
 */
#ifndef CONFORMANCE_FINDINGS_H
#define CONFORMANCE_FINDINGS_H

#include "badge/conformance.h"

/* One step of a JSON pointer; they live on the stack of who takes them. */
struct step {
    const struct step *up; /* NULL: this is the first */
    struct badge_text name;
    size_t index;
    bool is_index; /* of an array */
};

struct findings {
    struct badge_conformance *out;
    struct badge_arena *arena;
    bool failed; /* out of memory */
};

struct step step_to_member(const struct step *up, const char *name);
struct step step_to_item(const struct step *up, size_t index);

/*
 * Adds an error or a warning, once for each code and place. `source` is a text of the caller's, of which a copy is
 * made.
 */
void finding_add(struct findings *findings, bool is_error, const char *code, const struct step *at, const char *source,
                 const char *detail);

/* The JSON pointer, in the arena; false: out of memory. */
bool finding_pointer(struct badge_text *out, struct badge_arena *arena, const struct step *at) BADGE_CHECKED;

#endif

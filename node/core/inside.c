/*
 * The credentials inside of a document: where they stand, and what was found of them.
 */
#include "badge/inside.h"

#include <string.h>

#include "core/format.h"
#include "core/kind.h"
#include "core/shape.h"
#include "core/text.h"

#define MAX_POINTER 160 /* of six names of members and three places in lists */

struct finder {
    struct badge_inside *out;
    struct badge_arena *arena;
    size_t most;
    bool no_memory;
};

/* A JSON pointer, and what is there. The names of members are this file's: none needs an escape. */
struct place {
    char pointer[MAX_POINTER];
    const struct badge_json_value *value; /* NULL: nothing */
};

static struct place member_of(const struct place *at, const char *name)
{
    struct place found = {.value = reading_member(at->value, name)};
    (void)core_format(found.pointer, sizeof found.pointer, "%s/%s", at->pointer, name);
    return found;
}

/* How many there are in a list, or, what may stand in the place of one, of itself. */
static size_t count_of(const struct place *list)
{
    return badge_json_is(list->value, BADGE_JSON_ARRAY) ? badge_json_count(list->value) : list->value ? 1 : 0;
}

static struct place element_of(const struct place *list, size_t i)
{
    struct place found = *list;
    if (badge_json_is(list->value, BADGE_JSON_ARRAY)) {
        found.value = badge_json_at(list->value, i, NULL);
        (void)core_format(found.pointer, sizeof found.pointer, "%s/%zu", list->pointer, i);
    }
    return found;
}

static bool copy_text(struct badge_text *out, struct badge_arena *arena, struct badge_text text)
{
    char *copy = badge_arena_alloc(arena, text.len + 1);
    if (!copy)
        return false;
    memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    *out = (struct badge_text){copy, text.len};
    return true;
}

/* A token as it is, a credential or a wrapper of one in its canonical form. False: it is neither, or out of memory. */
static bool read_bytes(struct finder *f, struct badge_text *bytes, const struct badge_json_value *value)
{
    struct badge_text text;
    bool done = false;
    if (badge_json_string(value, &text)) {
        text = core_text_trim(text);
        if (kind_of(text.bytes, text.len) != KIND_COMPACT)
            return false;
        done = copy_text(bytes, f->arena, text);
    } else if (shape_is_credential(value) || shape_is_envelope(value) || shape_is_jws(value)) {
        done = badge_json_canonicalize(bytes, f->arena, value, NULL) == BADGE_OK;
    } else {
        return false;
    }
    f->no_memory = f->no_memory || !done;
    return done;
}

static void add_item(struct finder *f, enum badge_inside_kind kind, const struct place *at)
{
    struct badge_inside_item *item = &f->out->item[f->out->n];
    struct badge_text bytes;
    if (f->no_memory || f->out->has_more || !read_bytes(f, &bytes, at->value))
        return;
    if (f->out->n == f->most) {
        f->out->has_more = true;
        return;
    }
    item->kind = reading_has_type(at->value, "EndorsementCredential") ? BADGE_INSIDE_ENDORSEMENT : kind;
    item->bytes = bytes;
    if (copy_text(&item->pointer, f->arena, (struct badge_text){at->pointer, strlen(at->pointer)}))
        f->out->n++;
    else
        f->no_memory = true;
}

static void add_list(struct finder *f, enum badge_inside_kind kind, const struct place *object, const char *name)
{
    struct place list = member_of(object, name);
    for (size_t i = 0, n = count_of(&list); i < n; i++) {
        struct place one = element_of(&list, i);
        add_item(f, kind, &one);
    }
}

/* The endorsements of a credential, a profile or an achievement. */
static void add_endorsements(struct finder *f, const struct place *object)
{
    add_list(f, BADGE_INSIDE_ENDORSEMENT, object, "endorsement");
    add_list(f, BADGE_INSIDE_ENDORSEMENT, object, "endorsementJwt");
}

static void add_endorsements_of(struct finder *f, const struct place *object, const char *name)
{
    struct place member = member_of(object, name);
    add_endorsements(f, &member);
}

static void look_into_subject(struct finder *f, const struct place *subject)
{
    struct place achievements = member_of(subject, "achievement");
    add_endorsements_of(f, subject, "source");
    for (size_t i = 0, n = count_of(&achievements); i < n; i++) {
        struct place achievement = element_of(&achievements, i);
        add_endorsements(f, &achievement);
        add_endorsements_of(f, &achievement, "creator");
    }
    add_list(f, BADGE_INSIDE_CREDENTIAL, subject, "verifiableCredential");
}

static void look_into(struct finder *f, const struct place *credential)
{
    struct place subjects = member_of(credential, "credentialSubject");
    add_endorsements(f, credential);
    add_endorsements_of(f, credential, "issuer");
    for (size_t i = 0, n = count_of(&subjects); i < n; i++) {
        struct place subject = element_of(&subjects, i);
        look_into_subject(f, &subject);
    }
}

enum badge_status badge_inside_read(struct badge_inside *out, struct badge_arena *arena,
                                    const struct badge_digester *digester, size_t most, struct badge_err *err)
{
    const struct badge_reading *reading = badge_digester_reading(digester);
    struct finder f = {.out = out, .arena = arena, .most = most};
    struct place document = {.value = reading->layer[reading->n_layers - 1].object};
    *out = (struct badge_inside){.item = badge_arena_alloc(arena, (most + 1) * sizeof *out->item)};
    if (!out->item)
        return badge_no_memory(err);
    if (shape_is_presentation(document.value)) /* of one credential it has been opened */
        add_list(&f, BADGE_INSIDE_CREDENTIAL, &document, "verifiableCredential");
    else
        look_into(&f, &document);
    return f.no_memory ? badge_no_memory(err) : BADGE_OK;
}

const char *badge_inside_kind_name(enum badge_inside_kind kind)
{
    return kind == BADGE_INSIDE_ENDORSEMENT ? "endorsement" : "credential";
}

void badge_inside_count(struct badge_inside_counts *counts, const struct badge_report *report)
{
    counts->n++;
    if (!report) {
        counts->n_open++;
        return;
    }
    switch (report->verdict) {
    case BADGE_VALID:
    case BADGE_SIGNED:
    case BADGE_RECORDED:
    case BADGE_ANCHORED:
        counts->n_hold++;
        return;
    case BADGE_INVALID:
    case BADGE_REVOKED:
    case BADGE_SUSPENDED:
    case BADGE_WITHDRAWN:
    case BADGE_EXPIRED:
    case BADGE_NOT_YET_VALID:
        counts->n_fail++;
        return;
    case BADGE_UNKNOWN_ISSUER:
    case BADGE_PENDING:
    case BADGE_UNVERIFIABLE:
        counts->n_open++;
        return;
    }
}

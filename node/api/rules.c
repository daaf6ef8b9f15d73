/*
 * The rules of the standards for a sender of credentials: one notice with the first of what is broken, and all findings
 * for who must keep them. document.c calls it for documents that this node would take otherwise.
 */
#include "api/rules.h"

#include <stdio.h>
#include <string.h>

#include "badge/conformance.h"
#include "core/compiler.h"
#include "core/format.h"

/* Pointers may be as long as the names of a document's members: this bounds the findings of any. */
#define MAX_FINDINGS_LEN ((size_t)4 << 20)

static const char *standard_name(const char *profile)
{
    static const struct {
        const char *profile, *name;
    } standards[] = {
        {"ob-3.0", "Open Badges 3.0"},
        {"clr-2.0", "CLR 2.0"},
        {"ob-2.0", "Open Badges 2.0"},
        {"vc-2.0", "VC Data Model 2.0"},
        {"vc-1.1", "VC Data Model 1.1"},
        {"blockcerts-3", "Blockcerts 3"},
        {"europass", "the European Learning Model"},
    };
    for (size_t i = 0; i < ARRAY_LEN(standards); i++)
        if (strcmp(standards[i].profile, profile) == 0)
            return standards[i].name;
    return profile;
}

/* The pointer, or as many of its steps as there is room for. */
static void copy_pointer(char *out, size_t room, struct badge_text pointer)
{
    size_t len = pointer.len;
    while (len >= room)
        do
            len--;
        while (len > 0 && pointer.bytes[len] != '/');
    memcpy(out, pointer.bytes, len);
    out[len] = '\0';
}

static void write_notice(struct badge_notice *out, const struct badge_conformance *conformance)
{
    const struct badge_rule_finding *first = &conformance->error[0];
    bool is_one = conformance->n_errors == 1;
    copy_pointer(out->pointer, sizeof out->pointer, first->pointer);
    core_format(out->detail, sizeof out->detail, "It breaks %zu rule%s of %s%s %.*s.%s", conformance->n_errors,
                is_one ? "" : "s", standard_name(conformance->profile),
                is_one ? ":" : "; the first:", (int)first->detail.len, first->detail.bytes,
                is_one ? "" : " badge check lists all.");
}

static char *encode(struct badge_arena *arena, const struct badge_conformance *conformance)
{
    struct badge_text text;
    return badge_conformance_encode(&text, arena, conformance, NULL) == BADGE_OK ? strdup(text.bytes) : NULL;
}

void rules_read(struct rules_result *out, const struct badge_reading *reading, bool is_required)
{
    struct badge_conformance conformance; /* some 8 KiB */
    struct badge_arena arena;
    badge_arena_init(&arena, MAX_FINDINGS_LEN);
    *out = (struct rules_result){.notice.code = "not_conformant"};
    bool is_read = badge_conformance_read(&conformance, &arena, reading, NULL) == BADGE_OK;
    const char *unread = !is_read ? "Its standard's rules were not checked: that takes too much memory."
                         : strcmp(conformance.profile, "none") == 0
                             ? "It is of no standard whose rules this node knows, or its claims are hidden."
                             : NULL;
    if (unread)
        snprintf(out->notice.detail, sizeof out->notice.detail, "%s", unread);
    else if (conformance.n_errors > 0)
        write_notice(&out->notice, &conformance);
    out->is_said = unread ? is_required : conformance.n_errors > 0;
    if (out->is_said && is_required && is_read)
        out->findings = encode(&arena, &conformance);
    badge_arena_release(&arena);
}

/*
 * Collects findings: pointers by RFC 6901, and no finding twice.
 */
#include "conformance/findings.h"

#include <string.h>

#include "core/text.h"

#define MAX_NUMBER 21

struct step step_to_member(const struct step *up, const char *name)
{
    return (struct step){.up = up, .name = {name, strlen(name)}};
}

struct step step_to_item(const struct step *up, size_t index)
{
    return (struct step){.up = up, .index = index, .is_index = true};
}

/* The digits of an index, at the end of the buffer. */
static struct badge_text digits(char buffer[MAX_NUMBER], size_t number)
{
    char *at = buffer + MAX_NUMBER;
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return (struct badge_text){at, (size_t)(buffer + MAX_NUMBER - at)};
}

/* Writes the step's token backwards from `end` (NULL: only counts), and returns its length. */
static size_t write_step(char *end, const struct step *step)
{
    char buffer[MAX_NUMBER];
    struct badge_text text = step->is_index ? digits(buffer, step->index) : step->name;
    size_t len = 0;
    for (size_t i = text.len; i-- > 0;) {
        bool is_tilde = text.bytes[i] == '~', is_slash = text.bytes[i] == '/';
        const char *written = is_tilde ? "~0" : is_slash ? "~1" : text.bytes + i;
        size_t n = is_tilde || is_slash ? 2 : 1;
        len += n;
        if (end)
            memcpy(end - len, written, n);
    }
    len++;
    if (end)
        end[-(ptrdiff_t)len] = '/';
    return len;
}

bool finding_pointer(struct badge_text *out, struct badge_arena *arena, const struct step *at)
{
    size_t len = 0, done = 0;
    for (const struct step *step = at; step; step = step->up)
        len += write_step(NULL, step);
    char *bytes = badge_arena_alloc(arena, len + 1);
    if (!bytes)
        return false;
    for (const struct step *step = at; step; step = step->up)
        done += write_step(bytes + len - done, step);
    bytes[len] = '\0';
    *out = (struct badge_text){bytes, len};
    return true;
}

static bool copy(struct badge_text *out, struct badge_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *bytes = badge_arena_alloc(arena, len + 1);
    if (!bytes)
        return false;
    memcpy(bytes, text, len + 1);
    *out = (struct badge_text){bytes, len};
    return true;
}

void finding_add(struct findings *findings, bool is_error, const char *code, const struct step *at, const char *source,
                 const char *detail)
{
    struct badge_conformance *out = findings->out;
    struct badge_rule_finding *list = is_error ? out->error : out->warning, finding = {.code = code};
    size_t *n = is_error ? &out->n_errors : &out->n_warnings;
    if (*n >= BADGE_MAX_FINDINGS) {
        ++*n;
        return;
    }
    if (!finding_pointer(&finding.pointer, findings->arena, at) || !copy(&finding.source, findings->arena, source) ||
        !copy(&finding.detail, findings->arena, detail)) {
        findings->failed = true;
        return;
    }
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i].code, code) == 0 && core_text_equal(list[i].pointer, finding.pointer))
            return;
    list[(*n)++] = finding;
}

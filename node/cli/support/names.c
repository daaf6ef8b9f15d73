/*
 * Prints the names of an answer. verify.c calls it, below the verdict.
 *
 * Invariant: only the check `issuer` lets an issuer be called the issuer; without it, it is one that the badge names.
 */
#include "cli/support/names.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "badge/summary.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/utf8.h"

#define ARENA_CEILING ((size_t)256 << 20)
#define NAME_LEN 512

struct name {
    char s[NAME_LEN];
};

/* U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: they change the order of what stands around a name. */
static bool turns_text(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static struct name plain(const char *text)
{
    struct name name = {""};
    const char *end = text ? text + strlen(text) : NULL;
    char kept[NAME_LEN];
    size_t n = 0;
    while (text && text < end) {
        uint32_t code_point = (uint8_t)*text;
        size_t len = code_point < 0x80 ? 1 : core_utf8_decode(&code_point, text, end);
        if (len == 0 || n + len >= sizeof kept)
            break;
        if (!turns_text(code_point)) {
            memcpy(kept + n, text, len);
            n += len;
        }
        text += len;
    }
    kept[n] = '\0';
    (void)core_format(name.s, sizeof name.s, "%s", kept);
    return name;
}

/* A text in English, else in no language, else the first; "" if there is none. */
static struct name text_of(const json_t *texts)
{
    static const char *const wanted[] = {"en", ""};
    size_t i;
    const json_t *one;
    for (size_t k = 0; k < ARRAY_LEN(wanted); k++) {
        json_array_foreach(texts, i, one)
        {
            const char *language = json_string_value(json_object_get(one, "language"));
            bool is_wanted = language ? wanted[k][0] && strncmp(language, wanted[k], 2) == 0 : !wanted[k][0];
            if (is_wanted)
                return plain(json_string_value(json_object_get(one, "text")));
        }
    }
    return plain(json_string_value(json_object_get(json_array_get(texts, 0), "text")));
}

static struct name string_of(const json_t *object, const char *name)
{
    return plain(json_string_value(json_object_get(object, name)));
}

/* Who is known by one address of a domain is not the domain: the whole id stands for it. */
static bool is_address(const struct badge_finding *issuer)
{
    return strcmp(issuer->code, "issuer_address") == 0;
}

static void print_issuer(FILE *out, const json_t *summary, const json_t *credential, const struct badge_finding *issuer)
{
    bool is_confirmed = issuer->outcome == BADGE_PASSED;
    struct name name = text_of(json_object_get(json_object_get(credential, "issuer"), "name"));
    struct name id = string_of(summary, is_address(issuer) ? "issuerId" : "issuerDomain");
    if (!id.s[0])
        id = string_of(summary, "issuerId");
    if (!name.s[0] && !id.s[0])
        return;
    fprintf(out, "  %-12s %s", is_confirmed ? "issued by" : "names issuer", name.s[0] ? name.s : id.s);
    fprintf(out, name.s[0] && id.s[0] ? " (%s)\n" : "\n", id.s);
}

static void print_holder(FILE *out, const json_t *holder)
{
    const json_t *identity = json_array_get(json_object_get(holder, "identities"), 0);
    struct name name = text_of(json_object_get(holder, "name"));
    if (!name.s[0] && identity && !json_is_true(json_object_get(identity, "hashed")))
        name = string_of(identity, "value");
    if (!name.s[0])
        name = string_of(holder, "id");
    if (name.s[0] || identity)
        fprintf(out, "  %-12s %s\n", "issued to",
                name.s[0] ? name.s : "a holder whose identity is hidden behind a hash");
}

static void print_title(FILE *out, const json_t *credential)
{
    const json_t *achievements = json_object_get(credential, "achievements");
    const json_t *only = json_array_size(achievements) == 1 ? json_array_get(achievements, 0) : NULL;
    const json_t *credits = json_object_get(only, "credits");
    struct name title = text_of(json_object_get(credential, "name")), unit = string_of(only, "creditUnit");
    if (!title.s[0])
        return;
    fprintf(out, "  %-12s %s", "for", title.s);
    if (json_is_number(credits)) {
        char number[BADGE_NUMBER_LEN];
        badge_number_format(number, json_number_value(credits));
        fprintf(out, ", %s%s%s credit%s", number, unit.s[0] ? " " : "", unit.s, strcmp(number, "1") == 0 ? "" : "s");
    }
    putc('\n', out);
}

static void print_record(FILE *out, const struct badge_report *report, const struct badge_evidence *evidence)
{
    if (report->check[BADGE_CHECK_ANCHOR].outcome == BADGE_PASSED)
        fprintf(out, "  %-12s since %.10s, by %s\n", "on record", core_time_text(evidence->anchor_final.time_s).s,
                core_account_text(&evidence->receipt.issuer).s);
}

/* What of the lines above was compared. */
static void print_rests(FILE *out, const struct badge_report *report, const struct badge_evidence *evidence,
                        bool has_names)
{
    const struct badge_finding *issuer = &report->check[BADGE_CHECK_ISSUER];
    bool has_id = evidence->claims.issuer.len > 0, is_by_account = strcmp(issuer->code, "issuer_bound") == 0;
    if (issuer->outcome == BADGE_PASSED && !is_by_account)
        fprintf(out, "  %s%s\n", plain(issuer->detail).s, has_names ? " The names are the badge's own words." : "");
    else if (issuer->outcome == BADGE_PASSED)
        fprintf(out, "  %s: %s.%s\n", has_id ? "The issuer's id is confirmed" : "The account is one that you trust",
                plain(evidence->issuer_how).s, has_names ? " The names are the badge's own words." : "");
    else if (has_names)
        fprintf(out, "  The issuer is not confirmed. The names are the badge's own words.\n");
}

void names_print(FILE *out, const struct badge_report *report, const struct badge_evidence *evidence,
                 const struct badge_digester *digester)
{
    struct badge_text text;
    struct badge_arena arena;
    json_t *summary = NULL;
    if (!evidence->has_document || evidence->document_err.status != BADGE_OK)
        return;
    badge_arena_init(&arena, ARENA_CEILING);
    if (badge_summary_read(&text, &arena, digester, evidence->now_s, NULL) == BADGE_OK)
        summary = json_loadb(text.bytes, text.len, JSON_ALLOW_NUL, NULL);
    badge_arena_release(&arena);
    const json_t *credential = json_object_get(summary, "credential");
    bool has_names = json_is_object(credential);
    if (has_names) {
        print_issuer(out, summary, credential, &report->check[BADGE_CHECK_ISSUER]);
        print_holder(out, json_object_get(credential, "holder"));
        print_title(out, credential);
    }
    print_record(out, report, evidence);
    print_rests(out, report, evidence, has_names);
    putc('\n', out);
    json_decref(summary);
}

/*
 * The notices about a document: what its submitter should hear now, since a verifier will say it later. The same table
 * of dates as in claims.c, so that a notice and a verdict can't differ.
 */
#include <string.h>

#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"

#define DAY_S 86400

struct notices {
    struct badge_notice *out;
    size_t n;
};

static void add(struct notices *notices, const char *code, const char *member, const char *detail)
{
    if (notices->n == BADGE_MAX_NOTICES)
        return;
    struct badge_notice *notice = &notices->out[notices->n++];
    notice->code = code;
    (void)core_format(notice->pointer, sizeof notice->pointer, "%s%s", member[0] ? "/" : "", member);
    (void)core_format(notice->detail, sizeof notice->detail, "%s", detail);
}

/* Of one date: whether it can be read, and by what reading. */
static void add_date(struct notices *notices, const struct claims_date *date, const struct badge_json_value *member)
{
    struct badge_date read;
    struct badge_text text;
    char detail[232];
    double number = 0;
    if (!claims_date_read(&read, date, member)) {
        (void)core_format(detail, sizeof detail,
                          "%s can't be read as a date, so verifiers will call the credential unverifiable.",
                          date->name);
        add(notices, "date_unreadable", date->name, detail);
        return;
    }
    if (read.is_standard)
        return;
    struct time_text as = core_time_text(date->is_end ? read.ends_s : read.begins_s);
    if (badge_json_number(member, &number) && number >= CLAIMS_MILLISECONDS_FROM)
        (void)core_format(
            detail, sizeof detail,
            "%s is in seconds since 1970 and counts as %s; if milliseconds were meant, divide it by 1000.", date->name,
            as.s);
    else if (badge_json_string(member, &text))
        (void)core_format(detail, sizeof detail,
                          "%s is \"%.*s\", not a date with time and offset (xsd:dateTimeStamp); it counts as %s.",
                          date->name, (int)(text.len < 40 ? text.len : 40), text.bytes, as.s);
    else
        (void)core_format(detail, sizeof detail,
                          "%s is a number, not a date with time and offset (xsd:dateTimeStamp); it counts as %s.",
                          date->name, as.s);
    add(notices, "date_not_standard", date->name, detail);
}

/* The member that limits the period at that end. */
static const char *limiting_member(const struct badge_reading *reading, bool is_end, int64_t limit_s)
{
    for (size_t i = 0; i < reading->n_layers; i++) {
        for (size_t k = 0; k < CLAIMS_N_DATES; k++) {
            const struct claims_date *date = &claims_date[k];
            struct badge_date read;
            if (date->is_end == is_end && claims_has_date(&reading->layer[i], date) &&
                claims_date_read(&read, date, reading_member(reading->layer[i].object, date->name)) &&
                (is_end ? read.ends_s : read.begins_s) == limit_s)
                return date->name;
        }
    }
    return "";
}

static void add_period(struct notices *notices, const struct badge_reading *reading, const struct badge_claims *claims,
                       int64_t now_s)
{
    char detail[232];
    if (claims->has_not_after && now_s > claims->not_after_s) {
        (void)core_format(detail, sizeof detail, "It ended on %s; verifiers will call it expired.",
                          core_time_text(claims->not_after_s).s);
        add(notices, "ended", limiting_member(reading, true, claims->not_after_s), detail);
    }
    if (claims->has_not_before && now_s < claims->not_before_s) {
        int64_t early_s = claims->not_before_s - now_s;
        (void)core_format(detail, sizeof detail, "It begins on %s; until then verifiers will call it not yet valid%s.",
                          core_time_text(claims->not_before_s).s,
                          claims->not_before_s >= (int64_t)CLAIMS_MILLISECONDS_FROM
                              ? " (milliseconds instead of seconds?)"
                          : early_s <= DAY_S ? " (local time written as UTC?)"
                                             : "");
        add(notices, "not_begun", limiting_member(reading, false, claims->not_before_s), detail);
    }
}

static void add_issuer(struct notices *notices, const struct badge_reading *reading, const struct badge_claims *claims)
{
    enum badge_layer_kind last = reading->layer[reading->n_layers - 1].kind;
    char detail[232];
    (void)core_format(detail, sizeof detail, "%s.", claims->issuer_err.text);
    if (claims->issuer_err.status == BADGE_EREFUSED)
        add(notices, "claims_hidden", "issuer", detail);
    else if (claims->issuer_err.status == BADGE_ENOTFOUND)
        add(notices, "issuer_unreadable", "badge", detail);
    else if (claims->issuer_err.status != BADGE_OK)
        add(notices, "issuer_unreadable", "issuer", detail);
    else if (claims->issuer.len == 0 && last != BADGE_LAYER_RECORD && !claims->is_opaque)
        add(notices, "issuer_missing", "",
            "It names no issuer, so at best it will count as a document that was recorded.");
}

/* Whether a name promises JSON, a token or an image. */
static bool promises_more(const char *name)
{
    static const char *const ending[] = {".json", ".jsonld", ".json-ld", ".jwt", ".jws", ".png", ".svg"};
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(ending); i++) {
        size_t n = strlen(ending[i]), k = 0;
        while (n <= len && k < n && (name[len - n + k] | (ending[i][k] & 0x20)) == ending[i][k])
            k++;
        if (k == n)
            return true;
    }
    return false;
}

size_t badge_notices_read(struct badge_notice out[BADGE_MAX_NOTICES], const struct badge_reading *reading,
                          int64_t now_s, const char *name)
{
    struct notices notices = {.out = out};
    struct badge_claims claims;
    badge_claims_read(&claims, reading);
    if (reading->hidden) {
        char detail[232];
        (void)core_format(detail, sizeof detail, "Not all of it is read, so verifiers will call it unverifiable: %s.",
                          reading->hidden);
        add(&notices, "claims_hidden", "", detail);
    }
    enum badge_layer_kind outer = reading->layer[0].kind;
    if (name && (outer == BADGE_LAYER_BYTES || outer == BADGE_LAYER_TEXT) && promises_more(name))
        add(&notices, "raw_by_name", "",
            "Its name says JSON, JWT or an image with a badge, but its bytes are not one: they are recorded as they "
            "are.");
    for (size_t i = 0; i < reading->n_layers; i++)
        for (size_t k = 0; k < CLAIMS_N_DATES; k++)
            if (claims_has_date(&reading->layer[i], &claims_date[k]))
                add_date(&notices, &claims_date[k], reading_member(reading->layer[i].object, claims_date[k].name));
    add_period(&notices, reading, &claims, now_s);
    if (!reading->hidden)
        add_issuer(&notices, reading, &claims);
    if (!reading->hidden && claims.status_err.status != BADGE_OK)
        add(&notices, "status_unreadable", "revoked", "Whether it is revoked can't be read.");
    if (claims.is_revoked)
        add(&notices, "already_revoked", "revoked", "It says itself that it is revoked.");
    return notices.n;
}

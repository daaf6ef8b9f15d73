/*
 * What the lists mean for a credential. inquiry.c calls it.
 *
 * Invariant: nothing is good, and nothing is revoked, but by the word of the credential's own issuer, or of an id that
 * the verifier named, which holds at this moment.
 */
#include "status/evaluate.h"

#include <string.h>

#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"
#include "core/web.h"

/* -- items --------------------------------------------------------------------------------------------------------- */

static void begin(struct badge_status_item *out, const struct status_entry *entry)
{
    memset(out, 0, sizeof *out);
    out->code = "status_list_invalid";
    (void)core_format(out->purpose, sizeof out->purpose, "%.*s", (int)entry->purpose.len, entry->purpose.bytes);
    (void)core_format(out->list, sizeof out->list, "%.*s", (int)entry->url.len, entry->url.bytes);
}

static void note(struct badge_status_item *out, const char *clause)
{
    size_t len = strlen(out->detail);
    if (*clause)
        (void)core_format(out->detail + len, sizeof out->detail - len, "%s%s", len > 0 ? "; " : "", clause);
}

static void conclude(struct badge_status_item *out, enum badge_outcome outcome, const char *code)
{
    out->outcome = outcome;
    out->code = code;
}

static void refuse(struct badge_status_item *out, const char *code, const char *why)
{
    conclude(out, BADGE_UNKNOWN, code);
    note(out, why);
}

/* What a value that is not 0 means. */
static void conclude_set(struct badge_status_item *out, struct badge_text purpose)
{
    if (core_text_is(purpose, "revocation"))
        conclude(out, BADGE_FAILED, "status_revoked");
    else if (core_text_is(purpose, "suspension"))
        conclude(out, BADGE_FAILED, "status_suspended");
    else
        conclude(out, BADGE_PASSED, "status_good");
}

static void write_message(struct badge_status_item *out, struct badge_text text)
{
    (void)core_format(out->message, sizeof out->message, "%.*s", (int)text.len, text.bytes);
}

void status_evaluate_unread(struct badge_status_item *out, const struct status_entry *entry, const char *why)
{
    begin(out, entry);
    if (entry->error == STATUS_TYPE_UNKNOWN)
        refuse(out, "status_type_unknown", entry->why);
    else if (entry->error != STATUS_NO_ERROR)
        refuse(out, "status_list_invalid", entry->why);
    else
        refuse(out, "status_unreachable", why);
    if (entry->kind == STATUS_HOSTED) { /* its site may be gone, and the assertion is still what it was */
        char clause[sizeof out->detail];
        (void)core_format(clause, sizeof clause, "the copy at its own address was not read: %s", why);
        conclude(out, BADGE_PASSED, "no_status");
        out->detail[0] = '\0';
        note(out, clause);
    }
}

/* -- whose list ---------------------------------------------------------------------------------------------------- */

/* The origin of the issuer's id; room: for a URL that is made. */
static struct badge_text issuer_origin(char room[BADGE_DID_URL_LEN], struct badge_text issuer)
{
    if (badge_did_web_url(room, issuer))
        issuer = (struct badge_text){room, strlen(room)};
    return web_url_is_https(issuer) ? web_url_origin(issuer) : (struct badge_text){"", 0};
}

bool status_is_on_origin(struct badge_text url, struct badge_text issuer)
{
    char room[BADGE_DID_URL_LEN];
    struct badge_text origin = issuer_origin(room, issuer);
    return origin.len > 0 && core_text_equal(origin, web_url_origin(url));
}

static bool is_named(struct badge_text id, const struct badge_policy *policy)
{
    for (size_t i = 0; i < policy->n_pairs; i++)
        if (policy->pair[i].id.bytes && core_text_equal(policy->pair[i].id, id))
            return true;
    return false;
}

/* NULL: the list may speak for this credential; else why not. */
static const char *foreign(const struct status_entry *entry, const struct badge_status_list *list,
                           const struct status_asker *asker)
{
    bool is_own = list->issuer.len > 0 && core_text_equal(list->issuer, asker->issuer);
    switch (list->kind) {
    case STATUS_1EDTECH:
    case STATUS_OPEN_BADGES_2:
        if (!status_is_on_origin(entry->url, asker->issuer))
            return "it is not signed, and not at the site of the credential's issuer";
        /* Open Badges 2.0 leaves the issuer out, who is the one whose profile names the list. */
        if (!is_own && (list->kind == STATUS_1EDTECH || list->issuer.len > 0))
            return "it is not by the credential's issuer";
        return NULL;
    case STATUS_HOSTED:
        return NULL; /* it is asked for on the issuer's origin alone */
    default:
        if (list->issuer.len == 0)
            return "it does not name its issuer";
        return is_own || is_named(list->issuer, asker->policy)
                   ? NULL
                   : "it is by another issuer than the credential's, and not by one that you named";
    }
}

static const char *out_of_force(const struct badge_status_list *list, int64_t now_s)
{
    if (list->has_not_before && now_s < list->not_before_s)
        return "it is not in force yet";
    return list->has_not_after && now_s > list->not_after_s ? "it is no longer in force" : NULL;
}

/* -- what it says -------------------------------------------------------------------------------------------------- */

/* The message of statusMessage for a value: "0x" and hexadecimal digits. */
static struct badge_text message_of(const struct badge_json_value *messages, uint32_t value)
{
    for (size_t i = 0; i < badge_json_count(messages); i++) {
        const struct badge_json_value *one = badge_json_at(messages, i, NULL);
        struct badge_text status = {"", 0}, text = {"", 0};
        uint64_t number = 0;
        (void)badge_json_string(badge_json_member(one, "status"), &status);
        bool is_number = core_text_skip(&status, "0x") && status.len > 0 && status.len <= 8;
        for (size_t k = 0; k < status.len && is_number; k++) {
            char c = status.bytes[k];
            unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                             : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                    : 16;
            is_number = digit < 16;
            number = number << 4 | digit;
        }
        if (is_number && number == value && badge_json_string(badge_json_member(one, "message"), &text))
            return text;
    }
    return (struct badge_text){"", 0};
}

static void evaluate_bits(struct badge_status_item *out, const struct status_entry *entry,
                          const struct badge_status_list *list)
{
    uint32_t value;
    enum status_error error = status_list_value(&value, entry, list, false);
    if (error == STATUS_RANGE) {
        refuse(out, "status_out_of_range", "");
        return;
    }
    if (error != STATUS_NO_ERROR) {
        refuse(out, "status_list_invalid", "it is not a list for this purpose");
        return;
    }
    out->has_value = true;
    out->value = value;
    write_message(out, message_of(entry->messages, value));
    if (value != 0)
        conclude_set(out, entry->purpose);
    else
        conclude(out, BADGE_PASSED, "status_good");
    if (entry->has_lenient_index)
        note(out, "its place is not written as a plain decimal text");
    if (list->bits_len * 8 < STATUS_MIN_PLACES)
        note(out, "the list has fewer than 131,072 places");
    if (list->is_padded)
        note(out, "the list's text is padded");
}

static void evaluate_plain(struct badge_status_item *out, const struct status_entry *entry,
                           const struct badge_status_list *list, const struct status_asker *asker)
{
    if (asker->n_ids == 0) {
        refuse(out, "status_list_invalid", "the credential has no id by which the list could name it");
        return;
    }
    const struct revoked_id *revoked = status_list_find(list, asker->id, asker->n_ids);
    out->is_plain = out->has_value = true;
    out->value = revoked ? 1 : 0;
    if (revoked)
        write_message(out, revoked->reason);
    if (revoked)
        conclude_set(out, entry->purpose);
    else
        conclude(out, BADGE_PASSED, "status_good");
}

static void evaluate_copy(struct badge_status_item *out, const struct status_entry *entry,
                          const struct badge_status_list *list)
{
    out->is_plain = true;
    if (list->says_revoked) {
        out->has_value = true;
        out->value = 1;
        write_message(out, list->reason);
        conclude(out, BADGE_FAILED, "status_revoked");
        note(out, "the copy at its own address says so");
    } else if (status_same_assertion(entry->json, list->copy)) {
        out->has_value = true;
        conclude(out, BADGE_PASSED, "status_good");
    } else {
        refuse(out, "status_list_invalid", "the copy at its own address differs from it");
    }
}

static void note_time(struct badge_status_item *out, const struct badge_status_list *list, int64_t now_s)
{
    char clause[64];
    out->has_read = !list->is_given;
    out->read_s = list->is_given ? 0 : list->read_s;
    if (list->is_given) {
        note(out, "the list was given by hand");
    } else if (now_s - list->read_s > badge_status_list_ttl(list)) {
        (void)core_format(clause, sizeof clause, "as of %s", core_time_text(list->read_s).s);
        note(out, clause);
    }
}

void status_evaluate(struct badge_status_item *out, const struct status_entry *entry,
                     const struct badge_status_list *list, const struct status_asker *asker)
{
    bool is_copy = entry->kind == STATUS_HOSTED;
    const char *why = NULL;
    if (entry->error != STATUS_NO_ERROR || (is_copy && list->error != STATUS_NO_ERROR)) {
        status_evaluate_unread(out, entry, list->why);
        return;
    }
    begin(out, entry);
    if (list->error != STATUS_NO_ERROR)
        why = list->why;
    else if (list->kind != entry->kind)
        why = "what stands at its address is not a list of this kind";
    else
        why = foreign(entry, list, asker);
    if (!why)
        why = out_of_force(list, asker->now_s);
    if (why)
        refuse(out, "status_list_invalid", why);
    else if (is_copy)
        evaluate_copy(out, entry, list);
    else if (entry->kind == STATUS_1EDTECH || entry->kind == STATUS_OPEN_BADGES_2)
        evaluate_plain(out, entry, list, asker);
    else
        evaluate_bits(out, entry, list);
    note_time(out, list, asker->now_s);
}

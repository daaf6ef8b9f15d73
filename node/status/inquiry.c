/*
 * The inquiry of badge/status_list.h: which lists a credential names, and what they say of it.
 *
 * Invariant: an entry without an answer is unknown; only an answer of its own list makes it good.
 */
#include <stdlib.h>
#include <string.h>

#include "core/format.h"
#include "core/text.h"
#include "status/evaluate.h"

#define MAX_ARENA ((size_t)16 << 20)

struct request {
    struct badge_text url;
    bool is_asked, is_answered;
};

struct badge_status_inquiry {
    struct badge_arena arena; /* of the entries */
    struct status_entries entries;
    struct badge_status_item item[BADGE_MAX_STATUSES];
    bool has_item[BADGE_MAX_STATUSES]; /* it has been answered */
    size_t n_requests;
    struct request request[BADGE_MAX_STATUSES]; /* its number is the index + 1 */
};

/* -- beginning ----------------------------------------------------------------------------------------------------- */

/* A copy is asked for only where the issuer itself speaks. */
static void drop_foreign_copies(struct status_entries *entries, const struct badge_reading *reading)
{
    struct badge_claims claims;
    size_t n = 0, n_copies = 0;
    for (size_t i = 0; i < entries->n; i++)
        n_copies += entries->entry[i].kind == STATUS_HOSTED;
    if (n_copies == 0)
        return;
    badge_claims_read(&claims, reading);
    struct badge_text issuer = claims.issuer_err.status == BADGE_OK ? claims.issuer : (struct badge_text){"", 0};
    for (size_t i = 0; i < entries->n; i++)
        if (entries->entry[i].kind != STATUS_HOSTED || status_is_on_origin(entries->entry[i].url, issuer))
            entries->entry[n++] = entries->entry[i];
    entries->n = n;
}

static void add_request(struct badge_status_inquiry *inquiry, struct badge_text url)
{
    for (size_t i = 0; i < inquiry->n_requests; i++)
        if (core_text_equal(inquiry->request[i].url, url))
            return;
    inquiry->request[inquiry->n_requests++] = (struct request){.url = url};
}

enum badge_status badge_status_new(struct badge_status_inquiry **out, const struct badge_digester *digester,
                                   struct badge_err *err)
{
    const struct badge_reading *reading = badge_digester_reading(digester);
    struct badge_status_inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (!inquiry)
        return badge_no_memory(err);
    badge_arena_init(&inquiry->arena, MAX_ARENA);
    struct status_entries *entries = &inquiry->entries;
    if (status_entries_read(entries, &inquiry->arena, reading) != BADGE_OK) {
        badge_status_free(inquiry);
        return badge_no_memory(err);
    }
    drop_foreign_copies(entries, reading);
    for (size_t i = 0; i < entries->n; i++)
        if (entries->entry[i].error == STATUS_NO_ERROR)
            add_request(inquiry, entries->entry[i].url);
    *out = inquiry;
    return BADGE_OK;
}

void badge_status_free(struct badge_status_inquiry *inquiry)
{
    if (!inquiry)
        return;
    badge_arena_release(&inquiry->arena);
    free(inquiry);
}

static bool has_passed(const struct badge_report *report, enum badge_check check)
{
    return report->check[check].outcome == BADGE_PASSED;
}

bool badge_status_is_wanted(const struct badge_status_inquiry *inquiry, const struct badge_report *report)
{
    static const enum badge_check of_the_record[] = {BADGE_CHECK_DIGEST, BADGE_CHECK_INCLUSION, BADGE_CHECK_REGISTRY,
                                                     BADGE_CHECK_ANCHOR, BADGE_CHECK_WITHDRAWN, BADGE_CHECK_REVOKED};
    bool is_whole = true;
    for (size_t i = 0; i < sizeof of_the_record / sizeof *of_the_record; i++)
        is_whole = is_whole && has_passed(report, of_the_record[i]);
    return inquiry->entries.n > 0 && (has_passed(report, BADGE_CHECK_PROOF) || is_whole);
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

bool badge_status_next(struct badge_status_inquiry *inquiry, struct badge_status_request *out)
{
    size_t i = 0;
    while (i < inquiry->n_requests && inquiry->request[i].is_asked)
        i++;
    if (i == inquiry->n_requests)
        return false;
    struct badge_text url = inquiry->request[i].url;
    out->number = (unsigned)i + 1;
    memcpy(out->url, url.bytes, url.len);
    out->url[url.len] = '\0';
    inquiry->request[i].is_asked = true;
    return true;
}

bool badge_status_is_open(const struct badge_status_inquiry *inquiry, unsigned number)
{
    return number > 0 && number <= inquiry->n_requests && inquiry->request[number - 1].is_asked &&
           !inquiry->request[number - 1].is_answered;
}

static bool asks(const struct status_entry *entry, struct badge_text url)
{
    return entry->error == STATUS_NO_ERROR && core_text_equal(entry->url, url);
}

/* Begins an answer: the address that it is about. Each entry that asks for it is answered with it. */
static struct badge_text close_request(struct badge_status_inquiry *inquiry, unsigned number)
{
    BADGE_ASSERT(badge_status_is_open(inquiry, number));
    struct badge_text url = inquiry->request[number - 1].url;
    inquiry->request[number - 1].is_answered = true;
    for (size_t i = 0; i < inquiry->entries.n; i++)
        inquiry->has_item[i] = inquiry->has_item[i] || asks(&inquiry->entries.entry[i], url);
    return url;
}

void badge_status_take(struct badge_status_inquiry *inquiry, unsigned number, const struct badge_status_list *list,
                       struct badge_text issuer, const struct badge_policy *policy, int64_t now_s)
{
    struct badge_text url = close_request(inquiry, number);
    const struct status_entries *entries = &inquiry->entries;
    const struct status_asker asker = {
        .issuer = issuer, .policy = policy, .now_s = now_s, .id = entries->id, .n_ids = entries->n_ids};
    for (size_t i = 0; i < entries->n; i++)
        if (asks(&entries->entry[i], url))
            status_evaluate(&inquiry->item[i], &entries->entry[i], list, &asker);
}

void badge_status_fail(struct badge_status_inquiry *inquiry, unsigned number, const char *why)
{
    struct badge_text url = close_request(inquiry, number);
    for (size_t i = 0; i < inquiry->entries.n; i++)
        if (asks(&inquiry->entries.entry[i], url))
            status_evaluate_unread(&inquiry->item[i], &inquiry->entries.entry[i], why);
}

/* -- what was found ------------------------------------------------------------------------------------------------ */

/* Failed over unknown over passed, revoked over suspended; of two alike the first. */
static unsigned weight_of(const struct badge_status_item *item)
{
    if (item->outcome == BADGE_FAILED)
        return strcmp(item->code, "status_revoked") == 0 ? 4 : 3;
    if (item->outcome == BADGE_UNKNOWN)
        return 2;
    return strcmp(item->code, "status_good") == 0 ? 1 : 0;
}

static void write_detail(struct badge_status_view *out, const struct badge_status_item *item)
{
    bool has_both = item->message[0] && item->detail[0];
    (void)core_format(out->detail, sizeof out->detail, "%s%s%s", item->message, has_both ? "; " : "", item->detail);
}

void badge_status_conclude(struct badge_status_view *out, const struct badge_status_inquiry *inquiry)
{
    const struct badge_status_item *deciding = NULL;
    memset(out, 0, sizeof *out);
    out->is_made = true;
    out->outcome = BADGE_PASSED;
    out->code = "no_status";
    out->n_items = inquiry->entries.n;
    for (size_t i = 0; i < out->n_items; i++) {
        struct badge_status_item *item = &out->item[i];
        if (inquiry->has_item[i])
            *item = inquiry->item[i];
        else
            status_evaluate_unread(item, &inquiry->entries.entry[i], "it was not asked for");
        if (!deciding || weight_of(item) > weight_of(deciding))
            deciding = item;
    }
    if (deciding) {
        out->outcome = deciding->outcome;
        out->code = deciding->code;
        write_detail(out, deciding);
    }
    if (inquiry->entries.has_more && out->outcome != BADGE_FAILED) {
        out->outcome = BADGE_UNKNOWN;
        out->code = "status_list_invalid";
        (void)core_format(out->detail, sizeof out->detail, "it names more than %d lists", BADGE_MAX_STATUSES);
    }
}

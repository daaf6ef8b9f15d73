/*
 * The DID documents that verifications need, each fetched once for all who wait. Asked by verify.c.
 *
 * Invariants: an entry that is being fetched stays where it is until the answer has come, for the client holds on to
 * it; everybody who waits is called once. Hosts are named by strangers: what one of them makes us keep or wait for is
 * bounded, and it can only take the place of what has been kept longest.
 */
#include "audit/did_documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FETCHES 16
#define TIMEOUT_MS 5000
#define FRESH_MS 300000
#define FAILED_MS 15000

enum state { FREE, FETCHING, KEPT };

struct entry {
    struct did_documents *documents;
    enum state state;
    char url[BADGE_DID_URL_LEN];
    struct did_waiter *waiting;
    uint64_t until_ms; /* of the loop's clock, of one that is kept */
    char *bytes;       /* NULL: why */
    size_t len;
    char why[160];
};

struct did_documents {
    struct did_documents_options options;
    unsigned n_fetches;
    struct did_document answer; /* of the last call that had one */
    struct entry entry[DID_DOCUMENTS_MAX];
};

enum badge_status did_documents_new(struct did_documents **out, const struct did_documents_options *options,
                                    struct badge_err *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return badge_no_memory(err);
    (*out)->options = *options;
    if (options->fresh_ms == 0)
        (*out)->options.fresh_ms = FRESH_MS;
    if (options->failed_ms == 0)
        (*out)->options.failed_ms = FAILED_MS;
    return BADGE_OK;
}

void did_documents_free(struct did_documents *documents)
{
    if (!documents)
        return;
    BADGE_ASSERT(documents->n_fetches == 0);
    for (size_t i = 0; i < DID_DOCUMENTS_MAX; i++)
        free(documents->entry[i].bytes);
    free(documents);
}

static const struct did_document *answer(struct did_documents *documents, const char *bytes, size_t len,
                                         const char *why)
{
    documents->answer = (struct did_document){.bytes = bytes, .len = len, .why = why};
    return &documents->answer;
}

static void give_up(struct entry *entry, const char *why)
{
    (void)snprintf(entry->why, sizeof entry->why, "%.*s", (int)sizeof entry->why - 1, why);
}

static void keep(struct entry *entry, const struct net_response *response)
{
    char text[64];
    entry->len = response->body_len;
    if (response->status != BADGE_OK) {
        give_up(entry, response->err.text);
    } else if (response->http_status != 200) {
        (void)snprintf(text, sizeof text, "its host answers HTTP %ld", response->http_status);
        give_up(entry, text);
    } else if (!(entry->bytes = malloc(entry->len + 1))) {
        give_up(entry, "there is no memory to keep it");
    } else {
        memcpy(entry->bytes, response->body, entry->len);
    }
}

static void on_response(void *context, const struct net_response *response)
{
    struct entry *entry = context;
    struct did_documents *documents = entry->documents;
    keep(entry, response);
    /* Who is called may ask for others, and one of those take the entry's place: this is a copy. */
    char why[sizeof entry->why];
    memcpy(why, entry->why, sizeof why);
    const struct did_document document = {.bytes = entry->bytes ? response->body : NULL, .len = entry->len, .why = why};
    struct did_waiter *waiting = entry->waiting;
    entry->waiting = NULL;
    entry->state = KEPT;
    entry->until_ms = uv_now(documents->options.loop) +
                      (entry->bytes ? documents->options.fresh_ms : documents->options.failed_ms);
    documents->n_fetches--;
    while (waiting) {
        struct did_waiter *next = waiting->next; /* it may be gone once it is called */
        waiting->callback(waiting->context, &document);
        waiting = next;
    }
}

/* The entry of this URL; else a free one, one that is over, or that which was kept first; NULL: all are being fetched.
 */
static struct entry *find(struct did_documents *documents, const char *url)
{
    struct entry *place = NULL;
    for (size_t i = 0; i < DID_DOCUMENTS_MAX; i++) {
        struct entry *entry = &documents->entry[i];
        if (entry->state != FREE && strcmp(entry->url, url) == 0)
            return entry;
        if (entry->state != FETCHING && (!place || entry->until_ms < place->until_ms))
            place = entry;
    }
    return place;
}

static enum badge_status fetch(struct entry *entry, struct badge_err *err)
{
    const struct did_documents_options *options = &entry->documents->options;
    const struct net_request request = {
        .url = entry->url,
        .max_response_len = BADGE_DID_MAX_DOCUMENT,
        .timeout_ms = TIMEOUT_MS,
        .public_only = !options->private_hosts,
        .callback = on_response,
        .context = entry,
    };
    return net_send(options->client, &request, err);
}

const struct did_document *did_documents_ask(struct did_documents *documents, const char *url,
                                             struct did_waiter *waiter)
{
    struct badge_err err = {.status = BADGE_OK};
    struct entry *entry = find(documents, url);
    bool same = entry && entry->state != FREE && strcmp(entry->url, url) == 0;
    if (same && entry->state == KEPT && uv_now(documents->options.loop) < entry->until_ms)
        return answer(documents, entry->bytes, entry->len, entry->why);
    if (same && entry->state == FETCHING) {
        waiter->next = entry->waiting;
        entry->waiting = waiter;
        return NULL;
    }
    if (!entry || documents->n_fetches == MAX_FETCHES)
        return answer(documents, NULL, 0, "too many are being fetched just now; try again in some seconds");
    free(entry->bytes);
    *entry = (struct entry){.documents = documents};
    (void)snprintf(entry->url, sizeof entry->url, "%s", url);
    if (fetch(entry, &err) != BADGE_OK) {
        give_up(entry, err.text);
        return answer(documents, NULL, 0, entry->why);
    }
    entry->state = FETCHING;
    entry->waiting = waiter;
    waiter->next = NULL;
    documents->n_fetches++;
    return NULL;
}

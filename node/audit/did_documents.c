/*
 * A cache of the DID documents that verifications need. Each is fetched once for all waiters. Called by verify.c.
 *
 * Invariants: an entry that is being fetched does not move until the response has arrived, because the HTTP client
 * points to it; each waiter is called once. Hosts are named by strangers, so memory and waiting time are bounded for
 * each of them, and a new document evicts only the oldest.
 */
#include "audit/did_documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/format.h"

#define MAX_FETCHES 16
#define TIMEOUT_MS 5000
#define FRESH_MS 300000
#define FAILED_MS 15000

enum did_entry_state { FREE, FETCHING, KEPT };

struct did_entry {
    struct did_documents *documents;
    enum did_entry_state state;
    char url[BADGE_DID_URL_LEN];
    struct did_waiter *waiting;
    uint64_t until_ms; /* if KEPT: when it expires, on the loop's clock */
    char *bytes;       /* NULL: why */
    size_t len;
    char why[160];
};

struct did_documents {
    struct did_documents_options options;
    unsigned n_fetches;
    struct did_document answer; /* returned by the last call that had one */
    struct did_entry entry[DID_DOCUMENTS_MAX];
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

static const struct did_document *answer_now(struct did_documents *documents, const char *bytes, size_t len,
                                             const char *why)
{
    documents->answer = (struct did_document){.bytes = bytes, .len = len, .why = why};
    return &documents->answer;
}

static void entry_keep(struct did_entry *entry, const struct net_response *response)
{
    entry->len = response->body_len;
    if (response->status != BADGE_OK)
        (void)core_format(entry->why, sizeof entry->why, "%s", response->err.text);
    else if (response->redirect[0] != '\0')
        (void)core_format(entry->why, sizeof entry->why, "its host answered HTTP %d, a redirect, which is not followed",
                          (int)response->http_status);
    else if (response->http_status != 200)
        (void)core_format(entry->why, sizeof entry->why, "its host answered HTTP %d", (int)response->http_status);
    else if (!(entry->bytes = malloc(entry->len + 1)))
        (void)core_format(entry->why, sizeof entry->why, "out of memory");
    else
        memcpy(entry->bytes, response->body, entry->len);
}

static void entry_on_response(void *context, const struct net_response *response)
{
    struct did_entry *entry = context;
    struct did_documents *documents = entry->documents;
    entry_keep(entry, response);
    /* A copy: a callback may ask for another document, which may evict this entry. */
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
        struct did_waiter *next = waiting->next; /* the callback may free it */
        waiting->callback(waiting->context, &document);
        waiting = next;
    }
}

/* The entry of this URL; else a free one, or the one that expires first. NULL: all are being fetched. */
static struct did_entry *find_entry(struct did_documents *documents, const char *url)
{
    struct did_entry *place = NULL;
    for (size_t i = 0; i < DID_DOCUMENTS_MAX; i++) {
        struct did_entry *entry = &documents->entry[i];
        if (entry->state != FREE && strcmp(entry->url, url) == 0)
            return entry;
        if (entry->state != FETCHING && (!place || entry->until_ms < place->until_ms))
            place = entry;
    }
    return place;
}

static enum badge_status entry_fetch(struct did_entry *entry, struct badge_err *err)
{
    const struct did_documents_options *options = &entry->documents->options;
    const struct net_request request = {
        .url = entry->url,
        .max_response_len = BADGE_DID_MAX_DOCUMENT,
        .timeout_ms = TIMEOUT_MS,
        .public_only = !options->private_hosts,
        .callback = entry_on_response,
        .context = entry,
    };
    return net_send(options->client, &request, err);
}

const struct did_document *did_documents_ask(struct did_documents *documents, const char *url,
                                             struct did_waiter *waiter)
{
    struct badge_err err = {.status = BADGE_OK};
    struct did_entry *entry = find_entry(documents, url);
    bool same = entry && entry->state != FREE && strcmp(entry->url, url) == 0;
    if (same && entry->state == KEPT && uv_now(documents->options.loop) < entry->until_ms)
        return answer_now(documents, entry->bytes, entry->len, entry->why);
    if (same && entry->state == FETCHING) {
        waiter->next = entry->waiting;
        entry->waiting = waiter;
        return NULL;
    }
    if (!entry || documents->n_fetches == MAX_FETCHES)
        return answer_now(documents, NULL, 0, "too many are being fetched right now; try again in a few seconds");
    free(entry->bytes);
    *entry = (struct did_entry){.documents = documents};
    (void)snprintf(entry->url, sizeof entry->url, "%s", url);
    if (entry_fetch(entry, &err) != BADGE_OK) {
        (void)core_format(entry->why, sizeof entry->why, "%s", err.text);
        return answer_now(documents, NULL, 0, entry->why);
    }
    entry->state = FETCHING;
    entry->waiting = waiter;
    waiter->next = NULL;
    documents->n_fetches++;
    return NULL;
}

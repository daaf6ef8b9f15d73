/*
 * A cache of the issuers' documents that verifications need. Each is fetched once for all waiters. Called by verify.c,
 * proof_query.c and status_lists.c.
 *
 * Invariants: an entry that is being fetched, or waits for its host, does not move until it is answered, because the
 * HTTP client points to it; each waiter is called once. Hosts are named by strangers, so memory and waiting time are
 * bounded for each of them, and a new document evicts only the oldest.
 */
#include "audit/issuer_documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "audit/rates.h"
#include "core/format.h"

#define TIMEOUT_MS 5000
#define LIST_TIMEOUT_MS 10000
#define MAX_WAIT_MS 10000 /* for a host's other documents */
#define FRESH_MS 300000
#define FAILED_MS 60000
#define MEDIA_TYPE_LEN 128

enum entry_state { FREE, WAITING, FETCHING, KEPT };

struct entry {
    struct issuer_documents *documents;
    enum entry_state state;
    bool is_list; /* a status list: not kept, but for its failure */
    char url[BADGE_DID_URL_LEN];
    char host[ISSUER_HOST_LEN]; /* with its port, as in the URL */
    struct issuer_waiter *waiting;
    uint64_t since_ms; /* if WAITING */
    uint64_t until_ms; /* if KEPT: when it expires, on the loop's clock */
    char *bytes;       /* NULL: why */
    size_t len;
    char media_type[MEDIA_TYPE_LEN];
    bool has_disposition;
    char why[160];
};

struct issuer_documents {
    struct issuer_documents_options options;
    unsigned n_open;               /* entries WAITING or FETCHING */
    struct issuer_document answer; /* returned by the last call that had one */
    struct rates by_host, by_client;
    struct entry entry[ISSUER_DOCUMENTS_MAX];
};

/* -- hosts --------------------------------------------------------------------------------------------------------- */

/* From the authority of a URL on. */
static bool read_host(char out[ISSUER_HOST_LEN], const char *authority)
{
    size_t len = strcspn(authority, "/?#\\");
    if (len == 0 || len >= ISSUER_HOST_LEN || memchr(authority, '@', len))
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(authority[i] >= 'A' && authority[i] <= 'Z' ? authority[i] - 'A' + 'a' : authority[i]);
    out[len] = '\0';
    return true;
}

bool issuer_host_of_url(char out[ISSUER_HOST_LEN], const char *url)
{
    static const char scheme[] = "https://", port[] = ":443";
    if (strncasecmp(url, scheme, sizeof scheme - 1) != 0 || !read_host(out, url + sizeof scheme - 1))
        return false;
    size_t len = strlen(out);
    if (len >= sizeof port && strcmp(out + len - (sizeof port - 1), port) == 0)
        out[len - (sizeof port - 1)] = '\0';
    return true;
}

bool issuer_host_of_id(char out[ISSUER_HOST_LEN], struct badge_text id)
{
    char url[BADGE_DID_URL_LEN];
    if (badge_did_web_url(url, id))
        return issuer_host_of_url(out, url);
    if (id.len >= sizeof url)
        return false;
    memcpy(url, id.bytes, id.len);
    url[id.len] = '\0';
    return issuer_host_of_url(out, url);
}

/* "": the URL has no host that can be read, and all such count as one. */
static void host_with_port(char out[ISSUER_HOST_LEN], const char *url)
{
    const char *authority = strstr(url, "://");
    if (!authority || !read_host(out, authority + 3))
        out[0] = '\0';
}

static size_t len_without_port(const char *host)
{
    const char *colon = strrchr(host, ':');
    return colon && !strchr(colon, ']') ? (size_t)(colon - host) : strlen(host);
}

/* -- the cache ----------------------------------------------------------------------------------------------------- */

enum badge_status issuer_documents_new(struct issuer_documents **out, const struct issuer_documents_options *options,
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

void issuer_documents_free(struct issuer_documents *documents)
{
    if (!documents)
        return;
    BADGE_ASSERT(documents->n_open == 0);
    for (size_t i = 0; i < ISSUER_DOCUMENTS_MAX; i++)
        free(documents->entry[i].bytes);
    free(documents);
}

static const struct issuer_document *answer_entry(struct issuer_documents *documents, const struct entry *entry)
{
    documents->answer = (struct issuer_document){.bytes = entry->bytes,
                                                 .len = entry->len,
                                                 .media_type = entry->media_type[0] ? entry->media_type : NULL,
                                                 .has_disposition = entry->has_disposition,
                                                 .why = entry->why,
                                                 .http_status = entry->bytes ? 200 : 0,
                                                 .max_age_s = -1};
    return &documents->answer;
}

static const struct issuer_document *answer_refused(struct issuer_documents *documents, const char *why)
{
    documents->answer = (struct issuer_document){.why = why};
    return &documents->answer;
}

static bool is_wanted(const struct entry *entry, long http_status)
{
    return http_status == 200 || (entry->is_list && http_status == 410);
}

static void entry_keep(struct entry *entry, const struct net_response *response)
{
    entry->len = response->body_len;
    entry->has_disposition = response->has_disposition;
    (void)snprintf(entry->media_type, sizeof entry->media_type, "%s", response->media_type);
    if (response->status != BADGE_OK)
        (void)core_format(entry->why, sizeof entry->why, "%s", response->err.text);
    else if (response->redirect[0] != '\0')
        (void)core_format(entry->why, sizeof entry->why, "its host answered HTTP %d, a redirect, which is not followed",
                          (int)response->http_status);
    else if (!is_wanted(entry, response->http_status))
        (void)core_format(entry->why, sizeof entry->why, "its host answered HTTP %d", (int)response->http_status);
    else if (!entry->is_list && !(entry->bytes = malloc(entry->len + 1)))
        (void)core_format(entry->why, sizeof entry->why, "out of memory");
    else if (!entry->is_list)
        memcpy(entry->bytes, response->body, entry->len);
}

/*
 * Keeps what it has now, and calls its waiters. These get copies: a callback may ask for another document, which may
 * evict this entry. response: NULL, or what `why` was not set for if it is "".
 */
static void entry_answer(struct entry *entry, const struct net_response *response)
{
    struct issuer_documents *documents = entry->documents;
    char why[sizeof entry->why], media_type[MEDIA_TYPE_LEN];
    memcpy(why, entry->why, sizeof why);
    memcpy(media_type, entry->media_type, sizeof media_type);
    bool is_there = response && why[0] == '\0';
    const struct issuer_document document = {.bytes = is_there ? response->body : NULL,
                                             .len = entry->len,
                                             .media_type = media_type[0] ? media_type : NULL,
                                             .has_disposition = entry->has_disposition,
                                             .why = why,
                                             .http_status = is_there ? (int)response->http_status : 0,
                                             .max_age_s = response ? response->max_age_s : -1};
    struct issuer_waiter *waiting = entry->waiting;
    entry->waiting = NULL;
    entry->state = is_there && entry->is_list ? FREE : KEPT;
    entry->until_ms = entry->state == FREE
                          ? 0
                          : uv_now(documents->options.loop) +
                                (is_there ? documents->options.fresh_ms : documents->options.failed_ms);
    documents->n_open--;
    while (waiting) {
        struct issuer_waiter *next = waiting->next; /* the callback may free it */
        waiting->callback(waiting->context, &document);
        waiting = next;
    }
}

static void entry_fail(struct entry *entry, const char *why)
{
    (void)core_format(entry->why, sizeof entry->why, "%s", why);
    entry_answer(entry, NULL);
}

static void start_next(struct issuer_documents *documents, const char *host, const char *gone);

static void entry_on_response(void *context, const struct net_response *response)
{
    struct entry *entry = context;
    struct issuer_documents *documents = entry->documents;
    char host[ISSUER_HOST_LEN], gone[sizeof response->err.text];
    memcpy(host, entry->host, sizeof host);
    memcpy(gone, response->err.text, sizeof gone);
    entry_keep(entry, response);
    entry_answer(entry, response);
    start_next(documents, host, response->http_status == 0 ? gone : NULL);
}

static enum badge_status entry_fetch(struct entry *entry, struct badge_err *err)
{
    const struct issuer_documents_options *options = &entry->documents->options;
    const struct net_request request = {
        .url = entry->url,
        .max_response_len = entry->is_list ? BADGE_STATUS_MAX_LIST : BADGE_DID_MAX_DOCUMENT,
        .timeout_ms = entry->is_list ? LIST_TIMEOUT_MS : TIMEOUT_MS,
        .public_only = !options->private_hosts,
        .callback = entry_on_response,
        .context = entry,
    };
    entry->state = FETCHING;
    return net_send(options->client, &request, err);
}

/* The one that has waited for this host for the longest. */
static struct entry *next_waiting(struct issuer_documents *documents, const char *host)
{
    struct entry *next = NULL;
    for (size_t i = 0; i < ISSUER_DOCUMENTS_MAX; i++) {
        struct entry *entry = &documents->entry[i];
        if (entry->state == WAITING && strcmp(entry->host, host) == 0 && (!next || entry->since_ms < next->since_ms))
            next = entry;
    }
    return next;
}

static bool is_asked_now(const struct issuer_documents *documents, const char *host)
{
    for (size_t i = 0; i < ISSUER_DOCUMENTS_MAX; i++)
        if (documents->entry[i].state == FETCHING && strcmp(documents->entry[i].host, host) == 0)
            return true;
    return false;
}

/* gone: why the host gave no answer, which the others need not wait for then; NULL: it answered. */
static void start_next(struct issuer_documents *documents, const char *host, const char *gone)
{
    struct entry *entry;
    while (!is_asked_now(documents, host) && (entry = next_waiting(documents, host))) {
        struct badge_err err = {.status = BADGE_OK};
        bool is_late = uv_now(documents->options.loop) - entry->since_ms > MAX_WAIT_MS;
        if (gone)
            entry_fail(entry, gone);
        else if (is_late)
            entry_fail(entry, "its host is slow, and others wait for it; try again in a minute");
        else if (entry_fetch(entry, &err) == BADGE_OK)
            return;
        else
            entry_fail(entry, err.text);
    }
}

static bool is_of(const struct entry *entry, const char *url, bool is_list)
{
    return entry->state != FREE && entry->is_list == is_list && strcmp(entry->url, url) == 0;
}

/* The entry of this URL; else a free one, or the one that expires first. There always is one: fewer can be open. */
static struct entry *find_entry(struct issuer_documents *documents, const char *url, bool is_list)
{
    struct entry *place = NULL;
    for (size_t i = 0; i < ISSUER_DOCUMENTS_MAX; i++) {
        struct entry *entry = &documents->entry[i];
        if (is_of(entry, url, is_list))
            return entry;
        bool is_open = entry->state == WAITING || entry->state == FETCHING;
        if (!is_open && (!place || entry->until_ms < place->until_ms))
            place = entry;
    }
    return place;
}

/* NULL, or why a fetch is not allowed now: one clause. */
static const char *refusal(struct issuer_documents *documents, const char *host, const uint8_t *client)
{
    uint64_t now_ms = uv_now(documents->options.loop);
    if (documents->n_open == ISSUER_DOCUMENTS_MAX_FETCHES)
        return "too many are being fetched right now; try again in a few seconds";
    if (!documents->options.is_node || !client)
        return NULL;
    if (!rates_count(&documents->by_client, client, ISSUER_CLIENT_LEN, ISSUER_DOCUMENTS_PER_CLIENT, now_ms))
        return "this client has caused as many requests to issuers as are allowed within a minute; try again later";
    /* all ports of a host count as one */
    if (!rates_count(&documents->by_host, host, len_without_port(host), ISSUER_DOCUMENTS_PER_HOST, now_ms))
        return "its host was asked as often as is allowed within a minute; try again later";
    return NULL;
}

static const struct issuer_document *ask(struct issuer_documents *documents, const char *url, bool is_list,
                                         const uint8_t *client, struct issuer_waiter *waiter)
{
    struct badge_err err = {.status = BADGE_OK};
    char host[ISSUER_HOST_LEN];
    struct entry *entry = find_entry(documents, url, is_list);
    bool same = is_of(entry, url, is_list);
    if (same && entry->state == KEPT && uv_now(documents->options.loop) < entry->until_ms)
        return answer_entry(documents, entry);
    if (same && entry->state != KEPT) {
        waiter->next = entry->waiting;
        entry->waiting = waiter;
        return NULL;
    }
    host_with_port(host, url);
    const char *why = refusal(documents, host, client);
    if (why)
        return answer_refused(documents, why);
    free(entry->bytes);
    *entry = (struct entry){.documents = documents, .is_list = is_list, .since_ms = uv_now(documents->options.loop)};
    (void)snprintf(entry->url, sizeof entry->url, "%s", url);
    memcpy(entry->host, host, sizeof host);
    if (documents->options.is_node && is_asked_now(documents, host)) {
        entry->state = WAITING;
    } else if (entry_fetch(entry, &err) != BADGE_OK) {
        (void)core_format(entry->why, sizeof entry->why, "%s", err.text);
        entry->state = FREE;
        return answer_refused(documents, entry->why);
    }
    entry->waiting = waiter;
    waiter->next = NULL;
    documents->n_open++;
    return NULL;
}

const struct issuer_document *issuer_documents_ask(struct issuer_documents *documents, const char *url,
                                                   const uint8_t *client, struct issuer_waiter *waiter)
{
    return ask(documents, url, false, client, waiter);
}

const struct issuer_document *issuer_documents_ask_list(struct issuer_documents *documents, const char *url,
                                                        const uint8_t *client, struct issuer_waiter *waiter)
{
    return ask(documents, url, true, client, waiter);
}

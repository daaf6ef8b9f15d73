/*
 * Limits per client. Called for each connection, by admission for each request, and by the route of events for each
 * stream; one lock guards all, held for some hundred instructions.
 *
 * Rates: a token bucket in the form of the generic cell rate algorithm (ITU-T I.371 annex A), which stores one time for
 * each client, `full_at`: when its bucket will be full again. An entry whose time is past equals an unknown client, so
 * the table can drop it. The table has a fixed size, in sets of N_WAYS; a full set drops its fullest bucket. Keys are
 * hashed with a secret, so that nobody can choose which client is dropped.
 *
 * Concurrency: a count for each address that has any, so there are never more counts than connections.
 */
#include "http/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uv.h>

#include "badge/hash.h"

#define N_SETS 4096u /* a power of two */
#define N_WAYS 8u
#define N_CHAINS 4096u
#define SECOND_NS UINT64_C(1000000000)

struct bucket {
    uint8_t key[16];
    uint64_t full_at_ns; /* 0: free */
};

struct client_entry {
    struct client_entry *next;
    struct ip_address client;
    unsigned n[LIMITS_N_KINDS];
};

struct limits {
    struct limits_options options;
    uv_mutex_t lock;
    uint8_t secret[16];
    struct client_entry *chain[N_CHAINS];
    struct bucket bucket[N_SETS][N_WAYS];
};

struct limits *limits_new(const struct limits_options *options)
{
    struct limits *limits = calloc(1, sizeof *limits);
    if (!limits)
        return NULL;
    limits->options = *options;
    if (getrandom(limits->secret, sizeof limits->secret, 0) != (ssize_t)sizeof limits->secret ||
        uv_mutex_init(&limits->lock) != 0) {
        free(limits);
        return NULL;
    }
    return limits;
}

void limits_free(struct limits *limits)
{
    if (!limits)
        return;
    for (size_t i = 0; i < N_CHAINS; i++)
        BADGE_ASSERT(!limits->chain[i]); /* limits_leave() was called for all */
    uv_mutex_destroy(&limits->lock);
    free(limits);
}

/* what: the kind of key, so that a token can't be mistaken for an address. */
static void hash(const struct limits *limits, struct badge_hash *out, char what, const void *bytes, size_t len)
{
    uint8_t input[sizeof limits->secret + 1 + 64];
    BADGE_ASSERT(len <= 64);
    memcpy(input, limits->secret, sizeof limits->secret);
    input[sizeof limits->secret] = (uint8_t)what;
    memcpy(input + sizeof limits->secret + 1, bytes, len);
    badge_sha256(out, input, sizeof limits->secret + 1 + len);
}

/* -- concurrency --------------------------------------------------------------------------------------------------- */

static struct client_entry **find_client(struct limits *limits, const struct ip_address *client)
{
    struct badge_hash h;
    hash(limits, &h, 'c', client->b, sizeof client->b);
    struct client_entry **at = &limits->chain[(h.b[0] | (unsigned)h.b[1] << 8) & (N_CHAINS - 1)];
    while (*at && memcmp(&(*at)->client, client, sizeof *client) != 0)
        at = &(*at)->next;
    return at;
}

bool limits_enter(struct limits *limits, enum limits_kind kind, const struct ip_address *client)
{
    struct ip_address masked = *client;
    if (!limits->options.max_per_client[kind])
        return true;
    ip_address_mask(&masked);
    uv_mutex_lock(&limits->lock);
    struct client_entry **at = find_client(limits, &masked);
    if (!*at && (*at = calloc(1, sizeof **at)))
        (*at)->client = masked;
    bool granted = *at && (*at)->n[kind] < limits->options.max_per_client[kind];
    if (granted)
        (*at)->n[kind]++;
    uv_mutex_unlock(&limits->lock);
    return granted;
}

void limits_leave(struct limits *limits, enum limits_kind kind, const struct ip_address *client)
{
    struct ip_address masked = *client;
    if (!limits->options.max_per_client[kind])
        return;
    ip_address_mask(&masked);
    uv_mutex_lock(&limits->lock);
    struct client_entry **at = find_client(limits, &masked), *entry = *at;
    BADGE_ASSERT(entry && entry->n[kind] > 0);
    entry->n[kind]--;
    if (entry->n[LIMITS_CONNECTIONS] == 0 && entry->n[LIMITS_STREAMS] == 0) {
        *at = entry->next;
        free(entry);
    }
    uv_mutex_unlock(&limits->lock);
}

/* -- rates --------------------------------------------------------------------------------------------------------- */

static struct bucket *find_bucket(struct limits *limits, const struct badge_hash *h)
{
    struct bucket *set = limits->bucket[(h->b[16] | (unsigned)h->b[17] << 8) & (N_SETS - 1)], *fullest = set;
    for (size_t i = 0; i < N_WAYS; i++) {
        if (memcmp(set[i].key, h->b, sizeof set[i].key) == 0)
            return &set[i];
        if (set[i].full_at_ns < fullest->full_at_ns)
            fullest = &set[i];
    }
    memcpy(fullest->key, h->b, sizeof fullest->key);
    fullest->full_at_ns = 0;
    return fullest;
}

static unsigned count_request(struct limits *limits, char what, const void *key, size_t len, uint64_t rate,
                              uint64_t now_ns)
{
    struct badge_hash h;
    uint64_t each_ns = SECOND_NS / rate, most_ns = LIMITS_BURST_S * SECOND_NS - each_ns, wait_ns = 0;
    hash(limits, &h, what, key, len);
    uv_mutex_lock(&limits->lock);
    struct bucket *bucket = find_bucket(limits, &h);
    if (bucket->full_at_ns < now_ns)
        bucket->full_at_ns = now_ns;
    if (bucket->full_at_ns - now_ns > most_ns)
        wait_ns = bucket->full_at_ns - now_ns - most_ns;
    else
        bucket->full_at_ns += each_ns;
    uv_mutex_unlock(&limits->lock);
    return (unsigned)((wait_ns + SECOND_NS - 1) / SECOND_NS);
}

unsigned limits_client(struct limits *limits, const struct ip_address *client, uint64_t now_ns)
{
    struct ip_address masked = *client;
    if (!limits->options.rate_per_client)
        return 0;
    ip_address_mask(&masked);
    return count_request(limits, 'a', masked.b, sizeof masked.b, limits->options.rate_per_client, now_ns);
}

unsigned limits_token(struct limits *limits, const char *token, size_t len, uint64_t now_ns)
{
    if (!limits->options.rate_per_token)
        return 0;
    return count_request(limits, 't', token, len < 64 ? len : 64, limits->options.rate_per_token, now_ns);
}

/*
 * A cache of status lists. status_query.c asks it; a node's timer keeps the lists fresh that are in use.
 *
 * A list is loaded in steps: it is fetched, or was given by hand; read on the pool; its signature verified, where it
 * has to be signed; and made and inflated on the pool. Invariants: an entry that is being loaded does not move; each
 * waiter is called once; a list is replaced or freed only on the loop, outside of the calls that borrow it. The lists
 * are named by strangers: how many are fetched, how much memory those take that are read, and how many are inflated at
 * a time is bounded.
 */
#include "audit/status_lists.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "audit/status_lists_gunzip.h"
#include "core/compiler.h"
#include "core/format.h"
#include "runtime/metrics.h"

#define MIB ((size_t)1 << 20)
#define MAX_FETCHING 16
#define MAX_READING (128 * MIB) /* memory of the lists that are read at a time */
#define MIN_FRESH_S 5
#define MAX_FRESH_S 86400
#define UNSURE_S 60 /* how long a list is kept whose key could not be had, or which there was no memory for */
#define TICK_MS 5000
#define UNUSED_MS 3600000 /* a list that nobody has asked for is not fetched again */
#define MIN_PACE_MS 60000 /* of fetches of one list by the timer */

enum load_state { TO_FETCH, FETCHING, TO_READ, READING, VERIFYING, TO_MAKE, MAKING };

/* What is at one URL. */
struct list_entry {
    char url[BADGE_STATUS_URL_LEN]; /* "": free */
    struct status_lists *lists;
    struct badge_status_list *list; /* NULL: none was loaded yet */
    size_t memory;
    int64_t read_s;
    uint64_t fresh_until_ms, used_ms;
    uint64_t next_fetch_ms; /* by the timer */
    bool is_given, is_lent; /* is_lent: its waiters are being called */
    struct list_load *load; /* NULL: it is not being loaded */
};

struct list_load {
    struct list_entry *entry;
    struct status_lists *lists;
    enum load_state state;
    unsigned generation; /* of what was given by hand when it began */
    uint64_t turn;       /* the order in which loads wait */
    uint8_t client_bytes[ISSUER_CLIENT_LEN];
    const uint8_t *client; /* that one, or NULL */
    struct status_waiter *waiting;
    struct processors *processors; /* held */
    struct issuer_waiter fetch;
    struct pool_work work;
    char *bytes;
    const char *text; /* the bytes, or those given by hand */
    size_t len, reserved;
    char media_type[128]; /* "": none */
    bool is_given, has_disposition, needs_proof;
    int http_status;
    int64_t max_age_s, now_s;
    struct badge_digester *digester;
    struct badge_proof_view proof;
    struct badge_status_list *made;
    char why[160]; /* it has failed; "": it has not */
};

struct status_lists {
    struct status_lists_options options;
    uv_timer_t timer;
    bool is_closing;
    void (*closed)(void *context);
    void *closed_context;
    unsigned generation;
    unsigned n_loads, n_fetching;
    bool is_making;
    size_t reading;
    uint64_t n_turns;
    struct status_answer answer; /* returned by the last call that had one */
    char why[160];               /* of it */
    int n_lists;
    size_t bytes; /* of all of them */
    struct list_entry entry[STATUS_LISTS_MAX];
};

static uint64_t now_ms(const struct status_lists *lists)
{
    return uv_now(lists->options.loop);
}

/* -- entries ------------------------------------------------------------------------------------------------------- */

/* One more list, or with -1 one less. */
static void count_list(const struct list_entry *entry, int n)
{
    struct status_lists *lists = entry->lists;
    lists->n_lists += n;
    lists->bytes = n > 0 ? lists->bytes + entry->memory : lists->bytes - entry->memory;
    metric_set(METRIC_STATUS_LISTS, lists->n_lists);
    metric_set(METRIC_STATUS_LIST_BYTES, (int64_t)lists->bytes);
}

static void entry_forget(struct list_entry *entry)
{
    if (entry->list)
        count_list(entry, -1);
    badge_status_list_free(entry->list);
    entry->list = NULL;
    entry->memory = 0;
    if (!entry->load && !entry->is_lent)
        entry->url[0] = '\0';
}

/* The one that was not used for the longest, of those that can be spared; NULL: there is none. */
static struct list_entry *least_used(struct status_lists *lists, const struct list_entry *but)
{
    struct list_entry *least = NULL;
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++) {
        struct list_entry *entry = &lists->entry[i];
        if (entry != but && entry->list && !entry->load && !entry->is_lent &&
            (!least || entry->used_ms < least->used_ms))
            least = entry;
    }
    return least;
}

static struct list_entry *find_entry(struct status_lists *lists, const char *url)
{
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++)
        if (strcmp(lists->entry[i].url, url) == 0)
            return &lists->entry[i];
    return NULL;
}

/* A free one, or that of the least used list. NULL: all are being loaded. */
static struct list_entry *take_entry(struct status_lists *lists, const char *url)
{
    struct list_entry *entry = find_entry(lists, "");
    if (!entry) {
        entry = least_used(lists, NULL);
        if (!entry)
            return NULL;
        entry_forget(entry);
    }
    *entry = (struct list_entry){.lists = lists, .used_ms = now_ms(lists)};
    (void)core_format(entry->url, sizeof entry->url, "%s", url);
    return entry;
}

static void limit_bytes(struct status_lists *lists, const struct list_entry *newest)
{
    size_t max_bytes = lists->options.max_bytes ? lists->options.max_bytes : STATUS_LISTS_MAX_BYTES;
    struct list_entry *least;
    while (lists->bytes > max_bytes && (least = least_used(lists, newest)))
        entry_forget(least);
}

/* -- the end of a load --------------------------------------------------------------------------------------------- */

static void start_loads(struct status_lists *lists);
static void end_if_closing(struct status_lists *lists);

/*
 * Between a list's own word and its host's the shorter counts. The time of the timer's next fetch is drawn from the
 * list's last quarter, and does not depend on who asks for it.
 */
static void set_times(struct list_entry *entry, const struct list_load *load)
{
    int64_t fresh_s = badge_status_list_ttl(entry->list);
    if (load->max_age_s >= 0 && load->max_age_s < fresh_s)
        fresh_s = load->max_age_s;
    if (load->needs_proof && load->proof.outcome == BADGE_UNKNOWN && fresh_s > UNSURE_S)
        fresh_s = UNSURE_S;
    fresh_s = fresh_s < MIN_FRESH_S ? MIN_FRESH_S : fresh_s > MAX_FRESH_S ? MAX_FRESH_S : fresh_s;
    uint64_t now = now_ms(entry->lists), fresh_ms = (uint64_t)fresh_s * 1000, early_ms;
    if (getrandom(&early_ms, sizeof early_ms, 0) != (ssize_t)sizeof early_ms)
        early_ms = 0;
    early_ms %= fresh_ms / 4;
    entry->fresh_until_ms = now + fresh_ms;
    entry->next_fetch_ms = now + (fresh_ms - early_ms > MIN_PACE_MS ? fresh_ms - early_ms : MIN_PACE_MS);
}

static void entry_keep(struct list_entry *entry, struct list_load *load)
{
    entry_forget(entry);
    entry->list = load->made;
    load->made = NULL;
    entry->memory = badge_status_list_memory(entry->list);
    entry->read_s = load->now_s;
    entry->is_given = load->is_given;
    count_list(entry, 1);
    set_times(entry, load);
}

static bool is_usable(const struct list_entry *entry)
{
    return entry->list &&
           (entry->is_given || now_ms(entry->lists) < entry->fresh_until_ms + entry->lists->options.max_age_ms);
}

static bool is_fresh(const struct list_entry *entry)
{
    return entry->list && (entry->is_given || now_ms(entry->lists) < entry->fresh_until_ms);
}

/* why: it could not be loaded again; NULL: it is fresh */
static void answer_list(struct status_answer *out, const struct list_entry *entry, const char *why)
{
    if (why && !is_usable(entry))
        *out = (struct status_answer){.why = why};
    else
        *out = (struct status_answer){
            .list = entry->list, .is_stale = why && !is_fresh(entry), .read_s = entry->is_given ? 0 : entry->read_s};
}

static void call_waiters(struct status_waiter *waiting, const struct status_answer *answer)
{
    while (waiting) {
        struct status_waiter *next = waiting->next; /* the callback may free it */
        waiting->callback(waiting->context, answer);
        waiting = next;
    }
}

static void load_free(struct list_load *load)
{
    struct status_lists *lists = load->lists;
    lists->n_loads--;
    lists->reading -= load->reserved;
    processors_release(load->processors);
    badge_digester_free(load->digester);
    badge_status_list_free(load->made);
    free(load->bytes);
    free(load);
}

/* The list stays while it is lent to its waiters, which may ask for any list. */
static void load_end(struct list_load *load)
{
    struct list_entry *entry = load->entry;
    struct status_lists *lists = load->lists;
    struct status_answer answer;
    bool has_failed = load->why[0] != '\0', is_outdated = load->generation != lists->generation;
    entry->is_lent = true;
    entry->load = NULL;
    if (has_failed) {
        metric_add(METRIC_STATUS_LISTS_FAILED, 1);
        entry->next_fetch_ms = now_ms(lists) + MIN_PACE_MS;
    } else {
        entry_keep(entry, load);
    }
    answer_list(&answer, entry, has_failed ? load->why : NULL);
    call_waiters(load->waiting, &answer);
    entry->is_lent = false;
    load_free(load);
    if (!entry->list || is_outdated)
        entry_forget(entry);
    limit_bytes(lists, entry);
    start_loads(lists);
    end_if_closing(lists);
}

static void load_fail(struct list_load *load, const char *why)
{
    (void)core_format(load->why, sizeof load->why, "%s", why);
    load_end(load);
}

/* -- its steps ----------------------------------------------------------------------------------------------------- */

/* Of those in this state the one that has waited for the longest. */
static struct list_load *first_in(struct status_lists *lists, enum load_state state)
{
    struct list_load *first = NULL;
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++) {
        struct list_load *load = lists->entry[i].load;
        if (load && load->state == state && (!first || load->turn < first->turn))
            first = load;
    }
    return first;
}

static void make_work(struct pool_work *work)
{
    struct list_load *load = container_of(work, struct list_load, work);
    const struct badge_status_source source = {.url = load->entry->url,
                                               .http_status = load->is_given ? 200 : load->http_status,
                                               .media_type = load->media_type[0] ? load->media_type : NULL,
                                               .has_disposition = load->has_disposition,
                                               .is_given = load->is_given,
                                               .now_s = load->now_s};
    struct badge_err err = {.status = BADGE_OK};
    if (badge_status_list_new(&load->made, &source, load->digester, &load->proof, &err) != BADGE_OK) {
        load->made = NULL;
        (void)core_format(load->why, sizeof load->why, "%s", err.text);
        return;
    }
    struct badge_text compressed = badge_status_list_compressed(load->made);
    if (compressed.len == 0)
        return;
    uint8_t *bits;
    size_t len;
    const char *why = status_lists_gunzip(&bits, &len, compressed.bytes, compressed.len, BADGE_STATUS_MAX_INFLATED);
    if (why)
        badge_status_list_fail_bits(load->made, why);
    else
        badge_status_list_take_bits(load->made, bits, len);
}

static void on_made(struct pool_work *work)
{
    struct list_load *load = container_of(work, struct list_load, work);
    load->lists->is_making = false;
    load_end(load);
}

/* One at a time, so that only one is inflated. */
static void start_making(struct status_lists *lists)
{
    struct list_load *load = lists->is_making ? NULL : first_in(lists, TO_MAKE);
    if (!load)
        return;
    lists->is_making = true;
    load->state = MAKING;
    pool_queue(lists->options.loop, &load->work, make_work, on_made);
}

static void on_proof(void *context, const struct badge_proof_view *view)
{
    struct list_load *load = context;
    load->proof = *view;
    load->state = TO_MAKE;
    start_making(load->lists);
}

/* What a list of this length may take, many times what is usual. */
static size_t reading_memory(size_t len)
{
    return 4 * MIB + 4 * len;
}

static void read_list_work(struct pool_work *work)
{
    struct list_load *load = container_of(work, struct list_load, work);
    struct badge_err err = {.status = BADGE_OK};
    struct badge_digest digest;
    if (badge_digester_new(&load->digester, load->len + 1, &err) != BADGE_OK) {
        (void)core_format(load->why, sizeof load->why, "%s", err.text);
        return;
    }
    badge_digester_limit_memory(load->digester, reading_memory(load->len));
    /* What can't be read has no digest, which badge_status_list_new() finds out. */
    err.status = badge_digester_update(load->digester, load->text, load->len, &err);
    if (err.status == BADGE_OK)
        err.status = badge_digester_final(load->digester, &digest, &err);
    load->needs_proof = badge_status_needs_proof(load->digester);
}

static void on_read(struct pool_work *work)
{
    struct list_load *load = container_of(work, struct list_load, work);
    const struct status_lists_options *options = &load->lists->options;
    struct badge_err err = {.status = BADGE_OK};
    if (load->why[0] != '\0') {
        load_end(load);
    } else if (load->needs_proof) {
        const struct proof_query proof = {.processors = load->processors,
                                          .documents = options->documents,
                                          .fetch = options->fetch,
                                          .client = load->client,
                                          .digester = load->digester,
                                          .now_s = load->now_s,
                                          .max_memory = reading_memory(load->len),
                                          .callback = on_proof,
                                          .context = load};
        load->state = VERIFYING;
        if (proof_query_start(&proof, &err) != BADGE_OK)
            load_fail(load, err.text);
    } else {
        load->state = TO_MAKE;
        start_making(load->lists);
    }
}

static void start_reading(struct status_lists *lists)
{
    struct list_load *load;
    while ((load = first_in(lists, TO_READ))) {
        size_t memory = 3 * reading_memory(load->len); /* its digest, its signature, its bits */
        if (lists->reading > 0 && lists->reading + memory > MAX_READING)
            return;
        load->reserved = memory;
        lists->reading += memory;
        load->state = READING;
        pool_queue(lists->options.loop, &load->work, read_list_work, on_read);
    }
}

/* What has come; false: it has failed. */
static bool take_fetched(struct list_load *load, const struct issuer_document *document)
{
    load->bytes = document->bytes ? malloc(document->len + 1) : NULL;
    if (!load->bytes) {
        (void)core_format(load->why, sizeof load->why, "%s", document->bytes ? "out of memory" : document->why);
        return false;
    }
    memcpy(load->bytes, document->bytes, document->len);
    load->text = load->bytes;
    load->len = document->len;
    load->http_status = document->http_status;
    load->has_disposition = document->has_disposition;
    load->max_age_s = document->max_age_s;
    load->now_s = (int64_t)time(NULL);
    (void)core_format(load->media_type, sizeof load->media_type, "%s",
                      document->media_type ? document->media_type : "");
    metric_add(METRIC_STATUS_LISTS_FETCHED, 1);
    load->state = TO_READ;
    return true;
}

static void on_fetched(void *context, const struct issuer_document *document)
{
    struct list_load *load = context;
    struct status_lists *lists = load->lists;
    lists->n_fetching--;
    if (take_fetched(load, document))
        start_loads(lists);
    else
        load_end(load);
}

/* -- the beginning of a load --------------------------------------------------------------------------------------- */

/* Whether a fetch has begun; false: it has failed, and why is said. */
static bool fetch_list(struct list_load *load)
{
    struct status_lists *lists = load->lists;
    load->state = FETCHING;
    load->fetch = (struct issuer_waiter){.callback = on_fetched, .context = load};
    const struct issuer_document *known = issuer_documents_ask_list(lists->options.documents, load->entry->url,
                                                                    load->client, &load->fetch);
    if (known) /* only failures are kept there */
        (void)core_format(load->why, sizeof load->why, "%s", known->why);
    else
        lists->n_fetching++;
    return !known;
}

static void start_loads(struct status_lists *lists)
{
    struct list_load *load;
    start_reading(lists);
    start_making(lists);
    while (lists->n_fetching < MAX_FETCHING && (load = first_in(lists, TO_FETCH)))
        if (!fetch_list(load)) {
            load_end(load); /* which starts the others */
            return;
        }
}

static struct list_load *load_new(struct list_entry *entry, enum load_state state, const uint8_t *client)
{
    struct status_lists *lists = entry->lists;
    struct list_load *load = calloc(1, sizeof *load);
    if (!load)
        return NULL;
    load->entry = entry;
    load->lists = lists;
    load->state = state;
    load->generation = lists->generation;
    load->turn = lists->n_turns++;
    load->client = client ? memcpy(load->client_bytes, client, ISSUER_CLIENT_LEN) : NULL;
    load->processors = processors_hold(lists->options.processors);
    load->max_age_s = -1;
    load->now_s = (int64_t)time(NULL);
    lists->n_loads++;
    return entry->load = load;
}

static const char *load_given(struct list_entry *entry, const struct given_document *given)
{
    struct list_load *load = load_new(entry, TO_READ, NULL);
    if (!load)
        return "out of memory";
    load->is_given = true;
    load->http_status = 200;
    load->text = given->bytes;
    load->len = given->len;
    return NULL;
}

static const char *load_from_host(struct list_entry *entry, const uint8_t *client)
{
    struct status_lists *lists = entry->lists;
    const char *why = issuer_fetch_refusal(lists->options.fetch, entry->url);
    if (!why && lists->n_loads >= STATUS_LISTS_MAX_LOADS && lists->options.is_node)
        why = "too many lists are being fetched right now; try again in a few seconds";
    struct list_load *load = why ? NULL : load_new(entry, TO_FETCH, client);
    if (!load)
        return why ? why : "out of memory";
    if (lists->n_fetching >= MAX_FETCHING || fetch_list(load))
        return NULL;
    (void)core_format(lists->why, sizeof lists->why, "%s", load->why);
    entry->load = NULL;
    load_free(load);
    return lists->why;
}

/* Begins to load it. NULL, or why that can't be: one clause, borrowed until the next call. */
static const char *start_load(struct list_entry *entry, const uint8_t *client)
{
    const struct given_document *given = given_find(processors_given(entry->lists->options.processors),
                                                    (struct badge_text){entry->url, strlen(entry->url)});
    return given ? load_given(entry, given) : load_from_host(entry, client);
}

const struct status_answer *status_lists_ask(struct status_lists *lists, const char *url, const uint8_t *client,
                                             struct status_waiter *waiter)
{
    struct list_entry *entry = find_entry(lists, url);
    const char *why = NULL;
    if (!entry)
        entry = take_entry(lists, url);
    if (!entry) {
        lists->answer = (struct status_answer){
            .why = "too many lists are being fetched right now; try again in a few seconds"};
        return &lists->answer;
    }
    entry->used_ms = now_ms(lists);
    if (!is_fresh(entry) && (entry->load || !(why = start_load(entry, client)))) {
        waiter->next = entry->load->waiting;
        entry->load->waiting = waiter;
        start_reading(lists); /* of one given by hand */
        return NULL;
    }
    answer_list(&lists->answer, entry, why); /* of a fresh one also while it is fetched again */
    if (!entry->list && !entry->is_lent)
        entry->url[0] = '\0';
    return &lists->answer;
}

/* -- a node's own pace --------------------------------------------------------------------------------------------- */

static void refetch(struct list_entry *entry)
{
    if (load_from_host(entry, NULL))
        entry->next_fetch_ms = now_ms(entry->lists) + MIN_PACE_MS;
}

static void on_tick(uv_timer_t *timer)
{
    struct status_lists *lists = timer->data;
    uint64_t now = now_ms(lists);
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++) {
        struct list_entry *entry = &lists->entry[i];
        if (!entry->list || entry->is_given || entry->load)
            continue;
        if (!is_usable(entry))
            entry_forget(entry);
        else if (now >= entry->next_fetch_ms && now - entry->used_ms < UNUSED_MS)
            refetch(entry);
    }
}

/* -- all of them --------------------------------------------------------------------------------------------------- */

enum badge_status status_lists_new(struct status_lists **out, const struct status_lists_options *options,
                                   struct badge_err *err)
{
    struct status_lists *lists = *out = calloc(1, sizeof **out);
    if (!lists)
        return badge_no_memory(err);
    lists->options = *options;
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++)
        lists->entry[i].lists = lists;
    processors_hold(options->processors);
    if (options->is_node) {
        (void)uv_timer_init(options->loop, &lists->timer); /* both always succeed */
        uint64_t tick_ms = options->tick_ms ? options->tick_ms : TICK_MS;
        (void)uv_timer_start(&lists->timer, on_tick, tick_ms, tick_ms);
        uv_unref((uv_handle_t *)&lists->timer);
        lists->timer.data = lists;
    }
    return BADGE_OK;
}

static void free_lists(struct status_lists *lists)
{
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++)
        entry_forget(&lists->entry[i]);
    processors_release(lists->options.processors);
    void (*closed)(void *context) = lists->closed;
    void *context = lists->closed_context;
    free(lists);
    if (closed)
        closed(context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_lists(handle->data);
}

/* Without a timer nothing is being loaded when it is closed. */
static void end_if_closing(struct status_lists *lists)
{
    if (!lists->is_closing || lists->n_loads > 0)
        return;
    if (!lists->options.is_node)
        free_lists(lists);
    else if (!uv_is_closing((uv_handle_t *)&lists->timer))
        uv_close((uv_handle_t *)&lists->timer, on_timer_closed);
}

void status_lists_close(struct status_lists *lists, void (*closed)(void *context), void *context)
{
    lists->is_closing = true;
    lists->closed = closed;
    lists->closed_context = context;
    if (lists->options.is_node)
        (void)uv_timer_stop(&lists->timer);
    end_if_closing(lists);
}

void status_lists_use(struct status_lists *lists, struct processors *processors)
{
    struct processors *before = lists->options.processors;
    lists->options.processors = processors_hold(processors);
    lists->generation++;
    for (size_t i = 0; i < STATUS_LISTS_MAX; i++)
        entry_forget(&lists->entry[i]);
    processors_release(before);
}

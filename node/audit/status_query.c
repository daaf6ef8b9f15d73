/*
 * Answers the requests of an inquiry after a credential's status. Called by verify.c.
 *
 * All lists are asked for at once. The invariant: each request is answered once, and the inquiry is concluded when none
 * is open.
 */
#include "audit/status_query.h"

#include <stdlib.h>
#include <string.h>

#include "core/format.h"

struct status_run;

struct status_wait {
    struct status_waiter waiter;
    struct status_run *run;
    unsigned number;
    bool is_stale;
    char url[BADGE_STATUS_URL_LEN];
};

struct status_run {
    struct status_query query;
    struct badge_status_view view;
    size_t n_waits, n_open;
    struct status_wait wait[BADGE_MAX_STATUSES];
};

static void take_answer(struct status_wait *wait, const struct status_answer *answer)
{
    const struct status_query *query = &wait->run->query;
    wait->is_stale = answer->list && answer->is_stale;
    if (answer->list)
        badge_status_take(query->inquiry, wait->number, answer->list, query->issuer, query->policy, query->now_s);
    else
        badge_status_fail(query->inquiry, wait->number, answer->why);
}

static void add_clause(char *text, size_t size, const char *clause)
{
    size_t len = strlen(text);
    (void)core_format(text + len, size - len, "%s%s", len > 0 ? "; " : "", clause);
}

/* What rests on a list whose time is over says so. */
static void add_stale(struct status_run *run, const struct status_wait *wait)
{
    struct badge_status_view *view = &run->view;
    for (size_t i = 0; i < view->n_items; i++) {
        struct badge_status_item *item = &view->item[i];
        char clause[96];
        if (!item->has_read || strncmp(item->list, wait->url, sizeof item->list - 1) != 0)
            continue;
        (void)core_format(clause, sizeof clause, "as of %s: the list can't be fetched again now",
                          core_time_text(item->read_s).s);
        add_clause(item->detail, sizeof item->detail, clause);
        if (view->outcome == item->outcome)
            add_clause(view->detail, sizeof view->detail, clause);
    }
}

static void conclude(struct status_run *run)
{
    badge_status_conclude(&run->view, run->query.inquiry);
    for (size_t i = 0; i < run->n_waits; i++)
        if (run->wait[i].is_stale)
            add_stale(run, &run->wait[i]);
    run->query.callback(run->query.context, &run->view);
    free(run);
}

static void answered(struct status_run *run)
{
    if (--run->n_open == 0)
        conclude(run);
}

static void on_list(void *context, const struct status_answer *answer)
{
    struct status_wait *wait = context;
    take_answer(wait, answer);
    answered(wait->run);
}

enum badge_status status_query_start(const struct status_query *query, struct badge_err *err)
{
    struct badge_status_request request;
    struct status_run *run = calloc(1, sizeof *run);
    if (!run)
        return badge_no_memory(err);
    run->query = *query;
    run->n_open = 1; /* until all are asked for */
    while (run->n_waits < BADGE_MAX_STATUSES && badge_status_next(query->inquiry, &request)) {
        struct status_wait *wait = &run->wait[run->n_waits++];
        *wait = (struct status_wait){
            .waiter = {.callback = on_list, .context = wait}, .run = run, .number = request.number};
        memcpy(wait->url, request.url, sizeof wait->url);
        const struct status_answer *answer = status_lists_ask(query->lists, wait->url, query->client, &wait->waiter);
        if (answer)
            take_answer(wait, answer);
        else
            run->n_open++;
    }
    answered(run);
    return BADGE_OK;
}

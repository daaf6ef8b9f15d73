/*
 * POST /v1/digests: digests without their documents, which this node never sees. All valid entries are submitted
 * together, and each entry gets its result.
 */
#include <stdlib.h>

#include "api/digest_list.h"
#include "api/handlers.h"
#include "api/record_json.h"
#include "core/compiler.h"

struct digests {
    struct digest_list list;
    struct exchange *x;
    struct store_submission *submission; /* of the entries that are digests, in order */
    struct intake_request request;
};

void digests_open(struct exchange *x)
{
    struct digests *digests = exchange_new_state(x, sizeof *digests);
    if (!digests)
        return;
    digests->x = x;
    digest_list_open(x);
}

static void write_results(const struct digests *digests)
{
    struct json_out *out = exchange_json(digests->x, 200);
    const struct store_submission *submission = digests->submission;
    json_out_object(out, NULL);
    json_out_array(out, "results");
    for (size_t i = 0; i < digests->list.n; i++) {
        json_out_object(out, NULL);
        if (digests->list.is_digest[i])
            outcome_json_write(out, submission++, api_of(digests->x)->store, NULL);
        else
            digest_list_write_bad(out);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

static void on_durable(struct message *message)
{
    struct digests *digests = container_of(message, struct digests, request.done);
    struct exchange *x = digests->x;
    loop_unref(x->loop);
    struct outcome_tally tally = {0};
    outcome_tally(&tally, digests->submission, digests->request.n);
    if (!outcome_refused(x, &tally))
        write_results(digests);
    exchange_resume(x);
}

void digests_run(struct exchange *x)
{
    struct digests *digests = x->state;
    const struct digest_list *list = &digests->list;
    if (!digest_list_read(x, sizeof *digests->submission, NULL))
        return;
    digests->submission = calloc(list->n + 1, sizeof *digests->submission);
    if (!digests->submission) {
        exchange_no_memory(x);
        return;
    }
    size_t n_submissions = 0;
    for (size_t i = 0; i < list->n; i++)
        if (list->is_digest[i])
            digests->submission[n_submissions++] = (struct store_submission){
                .digest = {BADGE_LABEL_EXTERNAL, list->digest[i]}, .received_at_s = loop_now_s()};
    digests->request = (struct intake_request){
        .submission = digests->submission, .n = n_submissions, .reply_to = &x->loop->mailbox};
    digests->request.done.handler = on_durable;
    loop_ref(x->loop);
    if (n_submissions)
        intake_submit(api_of(x)->intake, &digests->request);
    else
        mailbox_post(&x->loop->mailbox, &digests->request.done);
    exchange_wait(x);
}

void digests_end(struct exchange *x)
{
    struct digests *digests = x->state;
    digest_list_release(&digests->list);
    free(digests->submission);
}

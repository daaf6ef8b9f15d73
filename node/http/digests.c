/*
 * POST /v1/digests: digests alone, whose documents this node never sees. The whole body is held and parsed, what is a
 * digest is submitted as one request, and each entry gets its result.
 */
#include <stdlib.h>
#include <string.h>

#include "http/record.h"
#include "http/route.h"

#define MAX_DIGESTS 10000
#define MAX_BODY_LEN ((size_t)1 << 20) /* 10,000 digests, with room for white space */

struct digests {
    struct exchange *x;
    struct text body;
    size_t n;                            /* entries */
    bool *is_digest;                     /* of each entry */
    struct store_submission *submission; /* of those that are, in order */
    struct intake_request request;
};

void digests_open(struct exchange *x)
{
    x->max_body = MAX_BODY_LEN;
    if (media_parse(exchange_header(x, "Content-Type")) != MEDIA_JSON || exchange_header(x, "Content-Encoding")) {
        exchange_problem(x, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "Send {\"digests\":[…]} as application/json.");
        return;
    }
    if (!exchange_hold(x, x->content_length < MAX_BODY_LEN ? x->content_length : MAX_BODY_LEN))
        return;
    struct digests *digests = calloc(1, sizeof *digests);
    x->state = digests;
    if (!digests) {
        exchange_problem(x, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again in a few seconds.");
        return;
    }
    digests->x = x;
    text_init(&digests->body, MAX_BODY_LEN);
}

void digests_data(struct exchange *x, const char *bytes, size_t len)
{
    struct digests *digests = x->state;
    if (exchange_hold(x, x->body_len))
        text_put(&digests->body, bytes, len);
}

static void answer(struct mail *mail)
{
    struct digests *digests = (struct digests *)((char *)mail - offsetof(struct digests, request.done));
    struct exchange *x = digests->x;
    loop_end(x->loop);
    struct text *out = exchange_json(x, 200);
    const struct store_submission *submission = digests->submission;
    text_printf(out, "{\"results\":[");
    for (size_t i = 0; i < digests->n; i++) {
        text_printf(out, i ? ",{" : "{");
        if (digests->is_digest[i]) {
            outcome_write(out, submission++);
        } else {
            text_printf(out, "\"error\":");
            problem_write(out, PROBLEM_BAD_DIGEST, "Give each digest as a string of 64 hexadecimal digits.",
                          BADGE_NO_OFFSET);
            text_put(out, "}", 1);
        }
    }
    text_printf(out, "]}");
    exchange_resume(x);
}

static void submit(struct digests *digests, const struct badge_json_value *list)
{
    struct exchange *x = digests->x;
    if (!exchange_hold(x, x->held + digests->n * sizeof *digests->submission))
        return;
    digests->is_digest = calloc(digests->n + 1, sizeof *digests->is_digest);
    digests->submission = calloc(digests->n + 1, sizeof *digests->submission);
    if (!digests->is_digest || !digests->submission) {
        exchange_problem(x, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again in a few seconds.");
        return;
    }
    size_t n_submissions = 0;
    for (size_t i = 0; i < digests->n; i++) {
        struct store_submission *submission = &digests->submission[n_submissions];
        struct badge_text text;
        digests->is_digest[i] = badge_json_string(badge_json_at(list, i, NULL), &text) &&
                                badge_hex_decode(submission->digest.value.b, sizeof submission->digest.value.b,
                                                 text.bytes, text.len) == BADGE_OK;
        if (!digests->is_digest[i])
            continue;
        submission->digest.label = BADGE_LABEL_EXTERNAL;
        submission->received_at_s = loop_now_s();
        n_submissions++;
    }
    digests->request = (struct intake_request){
        .submission = digests->submission, .n = n_submissions, .home = &x->loop->mailbox};
    digests->request.done.open = answer;
    loop_begin(x->loop);
    if (n_submissions)
        intake_submit(x->loop->options->intake, &digests->request);
    else
        mailbox_post(&x->loop->mailbox, &digests->request.done);
    exchange_wait(x);
}

void digests_run(struct exchange *x)
{
    struct digests *digests = x->state;
    if (x->body_len == 0) {
        exchange_problem(x, PROBLEM_EMPTY_BODY, "Send {\"digests\":[…]} as the body of the request.");
        return;
    }
    struct badge_arena arena;
    struct badge_err err = {.status = BADGE_OK};
    const struct badge_json_value *document;
    badge_arena_init(&arena, 32 * MAX_BODY_LEN);
    if (digests->body.failed) {
        exchange_problem(x, PROBLEM_TOO_BUSY, "The node has no memory left for this; try again in a few seconds.");
    } else if (badge_json_parse(&document, &arena, digests->body.bytes, digests->body.len, &err) != BADGE_OK) {
        exchange_problem_at(x, problem_of_document(err.status), err.text, err.offset);
    } else {
        const struct badge_json_value *list = badge_json_member(document, "digests");
        digests->n = badge_json_count(list);
        if (!badge_json_is(document, BADGE_JSON_OBJECT) || !badge_json_is(list, BADGE_JSON_ARRAY))
            exchange_problem(x, PROBLEM_BAD_MEMBER, "Send an object with the member digests, an array of strings.");
        else if (digests->n > MAX_DIGESTS)
            exchange_problem(x, PROBLEM_TOO_MANY_DIGESTS, "Send at most %d digests in one request.", MAX_DIGESTS);
        else
            submit(digests, list);
    }
    badge_arena_release(&arena);
}

void digests_end(struct exchange *x)
{
    struct digests *digests = x->state;
    text_release(&digests->body);
    free(digests->is_digest);
    free(digests->submission);
    free(digests);
}

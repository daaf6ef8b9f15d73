/*
 * Revocations: of one credential by its path, of many in one request, and what became of one. The digests are looked up
 * in pieces on the pool, so that an unknown one, a typing error, is never taken for a revocation; then all that are
 * known become durable in one write, and only then is the sender answered.
 */
#include <stdlib.h>

#include "api/digest_list.h"
#include "api/handlers.h"
#include "api/record_json.h"
#include "runtime/failpoint.h"
#include "runtime/log.h"

#define LOOK_AT_ONCE 256 /* look-ups in one piece of work: other readers wait behind it */

enum finding { IS_BAD, IS_UNKNOWN, IS_KNOWN };

struct revoke {
    struct loop_job job;
    struct exchange *x;
    bool many;
    struct digest_list list; /* of many */
    size_t n, n_looked;
    const struct badge_hash *digest;
    enum finding *finding;      /* of each */
    struct badge_hash *request; /* those that are to be revoked */
    enum badge_status status;
    struct badge_err err;
};

static bool is_mined(enum store_revocation state)
{
    return state == STORE_REVOCATION_MINED || state == STORE_REVOCATION_FINAL;
}

static void write_state(struct strbuf *out, const struct revoke *revoke, size_t i)
{
    enum store_revocation state = store_revocation(api_of(revoke->x)->store, &revoke->digest[i]);
    strbuf_printf(out, "\"digest\":\"");
    strbuf_hex(out, revoke->digest[i].b, sizeof revoke->digest[i].b);
    strbuf_printf(out, "\",\"state\":\"%s\"}", store_revocation_name(state));
}

/* -- on the pool --------------------------------------------------------------------------------------------------- */

static void look_work(struct loop_job *job)
{
    struct revoke *revoke = (struct revoke *)job;
    struct store *store = api_of(revoke->x)->store;
    size_t end = revoke->n_looked + LOOK_AT_ONCE < revoke->n ? revoke->n_looked + LOOK_AT_ONCE : revoke->n;
    for (; revoke->n_looked < end && revoke->status == BADGE_OK; revoke->n_looked++) {
        size_t i = revoke->n_looked;
        if (revoke->many && !revoke->list.is_digest[i])
            continue;
        enum badge_status status = store_knows_work(store, &revoke->digest[i], &revoke->err);
        revoke->finding[i] = status == BADGE_OK ? IS_KNOWN : IS_UNKNOWN;
        if (status != BADGE_OK && status != BADGE_ENOTFOUND)
            revoke->status = status;
    }
}

/*
 * What is revoked and not restored since stays so at no cost. What is on its way is requested again: the issuer may
 * have restored it in between, and then the later word counts.
 */
static void request_work(struct loop_job *job)
{
    struct revoke *revoke = (struct revoke *)job;
    struct store *store = api_of(revoke->x)->store;
    size_t n = 0;
    for (size_t i = 0; i < revoke->n; i++)
        if (revoke->finding[i] == IS_KNOWN && !is_mined(store_revocation(store, &revoke->digest[i])))
            revoke->request[n++] = revoke->digest[i];
    revoke->status = store_revoke_work(store, revoke->request, n, loop_now_s(), &revoke->err);
}

/* -- on the loop --------------------------------------------------------------------------------------------------- */

static void answer_one(struct revoke *revoke)
{
    struct exchange *x = revoke->x;
    const struct api_options *options = api_of(x);
    if (revoke->finding[0] != IS_KNOWN) {
        exchange_problem(x, PROBLEM_UNKNOWN_DIGEST,
                         "This node has never taken this credential, so nothing was revoked; look for a typing error, "
                         "or ask the node that took it.");
        return;
    }
    bool is_final = store_revocation(options->store, &x->digest) == STORE_REVOCATION_FINAL;
    struct strbuf *out = exchange_json(x, is_final ? 200 : 202);
    strbuf_put(out, "{", 1);
    write_state(out, revoke, 0);
    exchange_add_header(x, "Location", "%s%s", options->public_url ? options->public_url : "", x->path);
}

static void answer_many(struct revoke *revoke)
{
    struct strbuf *out = exchange_json(revoke->x, 200);
    strbuf_printf(out, "{\"results\":[");
    for (size_t i = 0; i < revoke->n; i++) {
        if (i)
            strbuf_put(out, ",", 1);
        if (revoke->finding[i] == IS_BAD) {
            digest_list_write_bad(out);
        } else if (revoke->finding[i] == IS_UNKNOWN) {
            strbuf_printf(out, "{\"digest\":\"");
            strbuf_hex(out, revoke->digest[i].b, sizeof revoke->digest[i].b);
            strbuf_printf(out, "\",\"error\":");
            problem_write(out, PROBLEM_UNKNOWN_DIGEST, "This node has never taken this credential.", BADGE_NO_OFFSET);
            strbuf_put(out, "}", 1);
        } else {
            strbuf_put(out, "{", 1);
            write_state(out, revoke, i);
        }
    }
    strbuf_printf(out, "]}");
}

static bool failed(struct revoke *revoke)
{
    struct exchange *x = revoke->x;
    if (revoke->status == BADGE_OK)
        return false;
    if (revoke->status == BADGE_ELIMIT || revoke->status == BADGE_ENOMEM)
        exchange_problem(x, PROBLEM_TOO_BUSY, "Too many revocations wait to be sent; ask again in a few seconds.");
    else
        exchange_problem(x, PROBLEM_STORE_FAILED,
                         "The node can't use its disk and has to be looked after; nothing was revoked.");
    log_error("not revoked", log_text("why", revoke->err.text), log_text("request", x->id));
    return true;
}

static void requested(struct loop_job *job)
{
    struct revoke *revoke = (struct revoke *)job;
    struct exchange *x = revoke->x;
    if (!failed(revoke)) {
        FAILPOINT("revocation", "answer");
        if (api_of(x)->anchor)
            anchor_notice(api_of(x)->anchor);
        if (revoke->many)
            answer_many(revoke);
        else
            answer_one(revoke);
    }
    exchange_resume(x);
}

static void looked(struct loop_job *job)
{
    struct revoke *revoke = (struct revoke *)job;
    if (failed(revoke)) {
        exchange_resume(revoke->x);
        return;
    }
    if (revoke->n_looked == revoke->n) {
        job->work = request_work;
        job->done = requested;
    }
    loop_queue_job(revoke->x->loop, job);
}

static struct revoke *revoke_new(struct exchange *x, bool many)
{
    struct revoke *revoke = calloc(1, sizeof *revoke);
    x->state = revoke;
    if (revoke) {
        revoke->x = x;
        revoke->many = many;
    } else {
        exchange_no_memory(x);
    }
    return revoke;
}

static void begin(struct revoke *revoke, const struct badge_hash *digest, size_t n)
{
    struct exchange *x = revoke->x;
    revoke->digest = digest;
    revoke->n = n;
    revoke->finding = calloc(n + 1, sizeof *revoke->finding);
    revoke->request = calloc(n + 1, sizeof *revoke->request);
    if (!revoke->finding || !revoke->request) {
        exchange_no_memory(x);
        return;
    }
    revoke->job.work = look_work;
    revoke->job.done = looked;
    loop_queue_job(x->loop, &revoke->job);
    exchange_wait(x);
}

/* -- the routes ---------------------------------------------------------------------------------------------------- */

void revocation_run(struct exchange *x)
{
    struct revoke *revoke = revoke_new(x, false);
    if (revoke)
        begin(revoke, &x->digest, 1);
}

void revocations_open(struct exchange *x)
{
    struct revoke *revoke = revoke_new(x, true);
    if (revoke)
        (void)digest_list_open(&revoke->list, x); /* false: it has answered */
}

void revocations_data(struct exchange *x, const char *bytes, size_t len)
{
    struct revoke *revoke = x->state;
    digest_list_data(&revoke->list, x, bytes, len);
}

void revocations_run(struct exchange *x)
{
    struct revoke *revoke = x->state;
    if (digest_list_read(&revoke->list, x, sizeof *revoke->finding + sizeof *revoke->request))
        begin(revoke, revoke->list.digest, revoke->list.n);
}

void revocation_end(struct exchange *x)
{
    struct revoke *revoke = x->state;
    digest_list_release(&revoke->list);
    free(revoke->finding);
    free(revoke->request);
    free(revoke);
}

/* What is on the chain is everybody's to know; what is only on its way there is not yet. */
void revocation_show_run(struct exchange *x)
{
    const struct revoke asked = {.x = x, .digest = &x->digest};
    enum store_revocation state = store_revocation(api_of(x)->store, &x->digest);
    if (!is_mined(state) && (state == STORE_REVOCATION_NONE || !(x->scopes & TOKEN_ADMIN))) {
        exchange_problem(x, PROBLEM_NOT_REVOKED,
                         "No revocation of this credential through this node is on the chain; its record tells whether "
                         "it was revoked in another way.");
        return;
    }
    struct strbuf *out = exchange_json(x, 200);
    strbuf_put(out, "{", 1);
    write_state(out, &asked, 0);
}

void revocation_undo_run(struct exchange *x)
{
    exchange_problem(
        x, PROBLEM_REVOCATION_STANDS,
        "An operator can't undo a revocation. The issuer can, with its own key: badge revoke --undo %.64s.",
        x->path + sizeof "/v1/credentials/" - 1);
}

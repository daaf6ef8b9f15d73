/*
 * Between http and audit, which don't know each other's threads. The invariants: every job taken is answered by exactly
 * one letter, and nothing of a job is touched after that; strangers post jobs, so what they sent is read on the pool,
 * nothing but what a verdict needs of it is kept while the chain is asked, and only a few are under way at a time,
 * which leaves the anchor its descriptors and its place at the providers. The others wait as the messages that they
 * are.
 */
#include "daemon/verifier.h"

#include <stdlib.h>
#include <string.h>

#include "audit/verify.h"
#include "core/compiler.h"
#include "runtime/log.h"

#define AT_ONCE 64        /* jobs: each asks every provider up to a handful of questions at a time */
#define MAX_WAIT_MS 10000 /* for its turn: providers that keep silent must not keep a node from stopping */

struct verifier {
    unsigned n_begun;                        /* jobs that are read, or ask the chain */
    struct message *waiting, **last_waiting; /* the messages of those that have not begun */
    uv_loop_t *loop;
    struct mailbox *mailbox;
    struct rpc **rpc;
    size_t n_rpcs;
    struct did_documents *documents;
    struct badge_policy policy;
    struct badge_pair *pair;
    struct badge_address issuer; /* this node's: the account whose accreditations it goes by */
};

struct verification {
    struct verify_job *job;
    uv_work_t read;
    enum badge_status status; /* of it */
    char *issuer;             /* the evidence's, whose document is gone */
    struct badge_evidence evidence;
    struct verify_request request;
};

enum badge_status verifier_new(struct verifier **out, const struct settings *settings, struct net_client *client,
                               uv_loop_t *loop, struct mailbox *mailbox, struct badge_err *err)
{
    const struct config_list *urls = &settings->chain_rpc, *issuers = &settings->intake_issuers;
    struct verifier *verifier = calloc(1, sizeof *verifier);
    if (!verifier)
        return badge_no_memory(err);
    verifier->last_waiting = &verifier->waiting;
    verifier->loop = loop;
    verifier->mailbox = mailbox;
    verifier->rpc = calloc(urls->n, sizeof(struct rpc *));
    verifier->pair = calloc(issuers->n + 1, sizeof *verifier->pair);
    enum badge_status status = BADGE_ENOMEM;
    if (!verifier->rpc || !verifier->pair) {
        badge_fail(err, status, BADGE_NO_OFFSET, "no memory for verification");
        goto out;
    }
    for (; verifier->n_rpcs < urls->n; verifier->n_rpcs++) {
        status = rpc_new(&verifier->rpc[verifier->n_rpcs], client, urls->item[verifier->n_rpcs], err);
        if (status != BADGE_OK)
            goto out;
    }
    const struct did_documents_options documents = {
        .loop = loop, .client = client, .private_hosts = settings->verify_private_hosts};
    status = did_documents_new(&verifier->documents, &documents, err);
    if (status != BADGE_OK)
        goto out;
    for (size_t i = 0; i <= issuers->n; i++) {
        verifier->pair[i] = (struct badge_pair){.account = settings->chain_issuer.address};
        if (i < issuers->n)
            verifier->pair[i].id = (struct badge_text){issuers->item[i], strlen(issuers->item[i])};
    }
    verifier->issuer = settings->chain_issuer.address;
    verifier->policy = (struct badge_policy){
        .has_registry = true,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .pair = verifier->pair,
        .n_pairs = issuers->n + 1,
        .accreditor = &verifier->issuer,
        .n_accreditors = 1,
        .confirmations = settings_confirmations(settings),
        .max_head_age_s = BADGE_MAX_HEAD_AGE_S,
    };
    *out = verifier;
    return BADGE_OK;

out:
    verifier_free(verifier);
    return status;
}

void verifier_free(struct verifier *verifier)
{
    if (!verifier)
        return;
    for (size_t i = 0; i < verifier->n_rpcs; i++)
        rpc_free(verifier->rpc[i]);
    did_documents_free(verifier->documents);
    free(verifier->rpc);
    free(verifier->pair);
    free(verifier);
}

static void finish(struct verification *verification)
{
    struct verify_job *job = verification->job;
    free(verification->issuer);
    free(verification);
    mailbox_post(job->reply_to, &job->done);
}

static void begin_waiting(struct verifier *verifier);

/* The next may begin: whom the issuer's host lets wait for its DID document holds up nobody else. */
static void asked(void *context)
{
    struct verifier *verifier = ((struct verification *)context)->job->context;
    verifier->n_begun--;
    begin_waiting(verifier);
}

static void judged(void *context, const struct badge_report *report)
{
    struct verification *verification = context;
    struct verify_job *job = verification->job;
    job->report = verify_report_json(report, &verification->request);
    if (!job->report)
        job->err.status = badge_no_memory(&job->err);
    finish(verification);
}

/* What a stranger's tree of JSON takes is a multiple of its length, and the chain may be slow: only the issuer stays.
 */
static enum badge_status keep_issuer(struct verification *verification)
{
    struct badge_text *issuer = &verification->evidence.claims.issuer;
    verification->issuer = malloc(issuer->len + 1);
    if (!verification->issuer)
        return BADGE_ENOMEM;
    if (issuer->len > 0)
        memcpy(verification->issuer, issuer->bytes, issuer->len);
    issuer->bytes = verification->issuer;
    return BADGE_OK;
}

static enum badge_status read_bytes(struct verification *verification)
{
    struct verify_job *job = verification->job;
    struct badge_digester *digester;
    enum badge_status status = badge_digester_new(&digester, job->len + 1, &job->err);
    if (status != BADGE_OK)
        return status;
    badge_evidence_read(&verification->evidence, digester, job->bytes, job->len, job->receipt, job->receipt_len,
                        verification->request.policy);
    status = keep_issuer(verification);
    badge_digester_free(digester);
    return status;
}

static void read_work(uv_work_t *work)
{
    struct verification *verification = work->data;
    const struct verify_job *job = verification->job;
    struct badge_evidence *evidence = &verification->evidence;
    if (job->bytes) {
        verification->status = read_bytes(verification);
        return;
    }
    evidence->has_document = true;
    evidence->document = job->document;
    evidence->document_err = job->document_err;
    /* What has claims comes with its bytes: where those are gone it is not one that claims nothing. */
    if (job->document_err.status == BADGE_OK && job->document.label != BADGE_LABEL_RAW)
        evidence->document_err.status = badge_no_memory(&evidence->document_err);
    if (job->receipt)
        badge_evidence_read_receipt(evidence, job->receipt, job->receipt_len);
}

static void read_done(uv_work_t *work, int cancelled)
{
    struct verification *verification = work->data;
    struct verifier *verifier = verification->job->context;
    (void)cancelled; /* nothing cancels it */
    if (verification->status == BADGE_OK && verify_start(&verification->request, &verification->job->err) == BADGE_OK)
        return;
    finish(verification);
    verifier->n_begun--;
    begin_waiting(verifier);
}

static void refuse(struct verify_job *job, enum badge_status status, const char *why)
{
    (void)badge_fail(&job->err, status, BADGE_NO_OFFSET, "%s", why);
    mailbox_post(job->reply_to, &job->done);
}

static void begin(struct verifier *verifier, struct verify_job *job)
{
    if (uv_hrtime() / 1000000 - job->taken_ms > MAX_WAIT_MS) {
        refuse(job, BADGE_ELIMIT, "too many verifications wait for the chain; try again in some seconds");
        return;
    }
    struct verification *verification = calloc(1, sizeof *verification);
    if (!verification) {
        refuse(job, BADGE_ENOMEM, "no memory to verify; try again");
        return;
    }
    verification->job = job;
    verification->request = (struct verify_request){
        .loop = verifier->loop,
        .rpc = verifier->rpc,
        .n_rpcs = verifier->n_rpcs,
        .documents = verifier->documents,
        .policy = &verifier->policy,
        .evidence = &verification->evidence,
        .asked = asked,
        .callback = judged,
        .context = verification,
    };
    verification->read.data = verification;
    int code = uv_queue_work(verifier->loop, &verification->read, read_work, read_done);
    if (code < 0) /* only for a missing callback */
        fatal("a verification could not be queued", LOG_FIELDS(log_text("why", uv_strerror(code))));
    verifier->n_begun++;
}

static void begin_waiting(struct verifier *verifier)
{
    while (verifier->waiting && verifier->n_begun < AT_ONCE) {
        struct message *message = verifier->waiting;
        verifier->waiting = message->next;
        if (!verifier->waiting)
            verifier->last_waiting = &verifier->waiting;
        begin(verifier, container_of(message, struct verify_job, to_main));
    }
}

static void line_up(struct message *message)
{
    struct verify_job *job = container_of(message, struct verify_job, to_main);
    struct verifier *verifier = job->context;
    message->next = NULL;
    *verifier->last_waiting = message;
    verifier->last_waiting = &message->next;
    begin_waiting(verifier);
}

void verifier_take(void *verifier, struct verify_job *job)
{
    job->context = verifier;
    job->report = NULL;
    job->taken_ms = uv_hrtime() / 1000000;
    job->to_main.handler = line_up;
    mailbox_post(((struct verifier *)verifier)->mailbox, &job->to_main);
}

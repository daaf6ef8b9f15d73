/*
 * Between http and audit, which run on different threads. The invariants: every job gets exactly one reply message, and
 * is not touched after that. Jobs come from strangers, so they are parsed on the pool, only what the verdict needs is
 * kept in memory while the chain is queried, and only a few are active at a time, so that the anchor keeps enough file
 * descriptors and requests to the providers. The other jobs wait in a queue.
 */
#include "daemon/verifier.h"

#include <stdlib.h>
#include <string.h>

#include "audit/status_lists.h"
#include "audit/verify.h"
#include "core/compiler.h"
#include "runtime/pool.h"

#define MAX_ACTIVE 64     /* jobs: each has a handful of open requests to every provider */
#define MAX_APART 64      /* jobs more, that wait for issuers: each keeps its document in memory */
#define MAX_WAIT_MS 10000 /* in the queue: providers that don't answer must not keep a node from stopping */
#define N_PROCESSORS 2    /* half of libuv's threads: what else is on the pool finds one beside a long inquiry */
#define MIB ((size_t)1 << 20)

struct verifier {
    unsigned n_active;                 /* jobs being parsed, or querying the chain */
    unsigned n_apart;                  /* jobs that wait for documents of issuers, and are not counted there */
    STAILQ_HEAD(, verify_job) waiting; /* that are not active yet */
    uv_loop_t *loop;
    struct mailbox *mailbox;
    struct rpc **rpc;
    size_t n_rpcs;
    struct issuer_documents *documents;
    struct status_lists *lists;
    struct processors *processors; /* with what the operator gave by hand */
    struct issuer_fetch_policy fetch;
    char (*host)[ISSUER_HOST_LEN]; /* of the issuers that the operator named */
    struct badge_policy policy;
    struct badge_pair *pair;
    struct badge_address issuer; /* this node's: the account whose accreditations count */
};

struct verify_task {
    struct verify_job *job;
    bool is_apart;
    struct pool_work read;
    enum badge_status status;        /* of read */
    struct badge_digester *digester; /* until the issuer's signature is decided; NULL: there is no document to read */
    char *issuer;                    /* of the evidence: a copy, because the document is freed */
    struct badge_evidence evidence;
    struct verify_request request;
};

/* The issuers that the operator named: whose credentials are accepted here, and whose signatures are trusted. */
static enum badge_status read_issuers(struct verifier *verifier, const struct settings *settings, struct badge_err *err)
{
    const struct config_list *accepted = &settings->intake_issuers, *named = &settings->verify_issuers;
    size_t n = accepted->n + named->n;
    verifier->pair = calloc(n + 1, sizeof *verifier->pair);
    verifier->host = calloc(n + 1, sizeof *verifier->host);
    if (!verifier->pair || !verifier->host)
        return badge_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const char *id = i < accepted->n ? accepted->item[i] : named->item[i - accepted->n];
        struct badge_pair *pair = &verifier->pair[i];
        pair->id = (struct badge_text){id, strlen(id)};
        pair->has_account = i < accepted->n;
        pair->account = settings->chain_issuer.address;
        verifier->fetch.n_hosts += issuer_host_of_id(verifier->host[verifier->fetch.n_hosts], pair->id);
    }
    verifier->pair[n] = (struct badge_pair){.has_account = true, .account = settings->chain_issuer.address};
    verifier->fetch.host = (const char(*)[ISSUER_HOST_LEN])verifier->host;
    verifier->fetch.mode = (enum issuer_fetch)settings->verify_fetch;
    return BADGE_OK;
}

enum badge_status verifier_read_given(struct given **out, const struct settings *settings, struct badge_err *err)
{
    enum badge_status status = given_new(out, err);
    if (status == BADGE_OK && settings->verify_did)
        status = given_add_documents(*out, settings->verify_did, err);
    if (status == BADGE_OK && settings->verify_contexts)
        status = given_add_contexts(*out, settings->verify_contexts, err);
    if (status == BADGE_OK)
        return BADGE_OK;
    given_free(*out);
    *out = NULL;
    return status;
}

enum badge_status verifier_use_given(struct verifier *verifier, struct given *given, struct badge_err *err)
{
    struct processors *processors;
    enum badge_status status = processors_new(&processors, verifier->loop, N_PROCESSORS, given, err);
    if (status != BADGE_OK)
        return status;
    processors_release(verifier->processors);
    verifier->processors = processors;
    if (verifier->lists)
        status_lists_use(verifier->lists, processors);
    return BADGE_OK;
}

/* Of issuers' documents and of status lists. */
static enum badge_status open_caches(struct verifier *verifier, const struct settings *settings,
                                     struct net_client *client, struct badge_err *err)
{
    const struct issuer_documents_options documents = {
        .loop = verifier->loop, .client = client, .private_hosts = settings->verify_private_hosts, .is_node = true};
    enum badge_status status = issuer_documents_new(&verifier->documents, &documents, err);
    const struct status_lists_options lists = {.loop = verifier->loop,
                                               .documents = verifier->documents,
                                               .processors = verifier->processors,
                                               .fetch = &verifier->fetch,
                                               .max_age_ms = settings->verify_status_max_age_ms,
                                               .is_node = true};
    return status == BADGE_OK ? status_lists_new(&verifier->lists, &lists, err) : status;
}

enum badge_status verifier_new(struct verifier **out, const struct settings *settings, struct net_client *client,
                               uv_loop_t *loop, struct mailbox *mailbox, struct badge_err *err)
{
    const struct config_list *urls = &settings->chain_rpc;
    struct given *given = NULL;
    struct verifier *verifier = calloc(1, sizeof *verifier);
    if (!verifier)
        return badge_no_memory(err);
    STAILQ_INIT(&verifier->waiting);
    verifier->loop = loop;
    verifier->mailbox = mailbox;
    verifier->rpc = calloc(urls->n, sizeof(struct rpc *));
    enum badge_status status = verifier->rpc ? read_issuers(verifier, settings, err) : badge_no_memory(err);
    for (; status == BADGE_OK && verifier->n_rpcs < urls->n; verifier->n_rpcs++)
        status = rpc_new(&verifier->rpc[verifier->n_rpcs], client, urls->item[verifier->n_rpcs], err);
    if (status == BADGE_OK)
        status = verifier_read_given(&given, settings, err);
    if (status == BADGE_OK)
        status = verifier_use_given(verifier, given, err);
    if (status == BADGE_OK)
        status = open_caches(verifier, settings, client, err);
    if (status != BADGE_OK) {
        verifier_close(verifier);
        return status;
    }
    verifier->issuer = settings->chain_issuer.address;
    verifier->policy = (struct badge_policy){
        .has_registry = true,
        .chain_id = settings->chain_id,
        .contract = settings->chain_contract.address,
        .pair = verifier->pair,
        .n_pairs = settings->intake_issuers.n + settings->verify_issuers.n + 1,
        .accreditor = &verifier->issuer,
        .n_accreditors = 1,
        .confirmations = settings_confirmations(settings),
        .max_head_age_s = settings->verify_max_head_age_ms / 1000,
    };
    *out = verifier;
    return BADGE_OK;
}

static void on_lists_closed(void *context)
{
    struct verifier *verifier = context;
    issuer_documents_free(verifier->documents);
    processors_release(verifier->processors);
    free(verifier->rpc);
    free(verifier->pair);
    free(verifier->host);
    free(verifier);
}

void verifier_close(struct verifier *verifier)
{
    if (!verifier)
        return;
    for (size_t i = 0; i < verifier->n_rpcs; i++)
        rpc_free(verifier->rpc[i]);
    if (verifier->lists)
        status_lists_close(verifier->lists, on_lists_closed, verifier);
    else
        on_lists_closed(verifier);
}

static void task_finish(struct verify_task *task)
{
    struct verify_job *job = task->job;
    badge_digester_free(task->digester);
    free(task->issuer);
    free(task);
    mailbox_post(job->reply_to, &job->done);
}

static void start_waiting_tasks(struct verifier *verifier);

/*
 * A job that only waits for a slow host of an issuer does not delay others, unless many do: they may all wait for the
 * same document, so how many documents are fetched does not bound them.
 */
static void on_waits(void *context, bool begins)
{
    struct verify_task *task = context;
    struct verifier *verifier = task->job->context;
    if (begins && verifier->n_apart < MAX_APART) {
        task->is_apart = true;
        verifier->n_apart++;
        verifier->n_active--;
        start_waiting_tasks(verifier);
    } else if (!begins && task->is_apart) {
        task->is_apart = false;
        verifier->n_apart--;
        verifier->n_active++;
    }
}

/* On the pool. A parsed JSON tree takes several times its length, and the chain may be slow. */
static void forget_document_work(void *context)
{
    struct verify_task *task = context;
    badge_digester_free(task->digester);
    task->digester = NULL;
}

/* The next job may start now: that of a DID document which this one may still wait for does not delay others. */
static void on_chain_queried(void *context)
{
    struct verifier *verifier = ((struct verify_task *)context)->job->context;
    verifier->n_active--;
    start_waiting_tasks(verifier);
}

static void on_verdict(void *context, const struct verify_result *result)
{
    struct verify_task *task = context;
    struct verify_job *job = task->job;
    job->report = verify_report_json(result, &task->request);
    if (!job->report)
        job->err.status = badge_no_memory(&job->err);
    task_finish(task);
}

/* The document is freed before the chain is asked. */
static enum badge_status keep_issuer(struct verify_task *task)
{
    struct badge_text *issuer = &task->evidence.claims.issuer;
    task->issuer = malloc(issuer->len + 1);
    if (!task->issuer)
        return BADGE_ENOMEM;
    if (issuer->len > 0)
        memcpy(task->issuer, issuer->bytes, issuer->len);
    issuer->bytes = task->issuer;
    return BADGE_OK;
}

static enum badge_status read_bytes(struct verify_task *task)
{
    struct verify_job *job = task->job;
    const struct badge_evidence *evidence = &task->evidence;
    enum badge_status status = badge_digester_new(&task->digester, job->len + 1, &job->err);
    if (status != BADGE_OK)
        return status;
    badge_digester_limit_memory(task->digester, job->max_memory);
    badge_evidence_read(&task->evidence, task->digester, job->bytes, job->len, job->receipt, job->receipt_len,
                        task->request.policy);
    status = keep_issuer(task);
    if (status != BADGE_OK || !evidence->has_document || evidence->document_err.status != BADGE_OK)
        forget_document_work(task);
    return status;
}

static void read_work(struct pool_work *work)
{
    struct verify_task *task = container_of(work, struct verify_task, read);
    const struct verify_job *job = task->job;
    struct badge_evidence *evidence = &task->evidence;
    if (job->bytes) {
        task->status = read_bytes(task);
        return;
    }
    evidence->has_document = true;
    evidence->document = job->document;
    evidence->claims = job->claims;
    evidence->document_err = job->document_err;
    /* A document with claims comes with its bytes; without them it must not count as one that has no claims. */
    if (job->document_err.status == BADGE_OK && job->document.label != BADGE_LABEL_RAW)
        evidence->document_err.status = badge_no_memory(&evidence->document_err);
    if (job->receipt)
        badge_evidence_read_receipt(evidence, job->receipt, job->receipt_len);
}

static void on_read(struct pool_work *work)
{
    struct verify_task *task = container_of(work, struct verify_task, read);
    struct verifier *verifier = task->job->context;
    task->request.digester = task->digester;
    task->request.processors = verifier->processors; /* now, as they may have been replaced while it was read */
    if (task->status == BADGE_OK && verify_start(&task->request, &task->job->err) == BADGE_OK)
        return;
    task_finish(task);
    verifier->n_active--;
    start_waiting_tasks(verifier);
}

static void refuse_job(struct verify_job *job, enum badge_status status, const char *why)
{
    (void)badge_fail(&job->err, status, BADGE_NO_OFFSET, "%s", why);
    mailbox_post(job->reply_to, &job->done);
}

/* What proofs of a document of this length may take, many times what they take of a usual one. */
static size_t inquiry_memory(size_t len)
{
    size_t bytes = 4 * MIB + 16 * len;
    return bytes < 32 * MIB ? bytes : 32 * MIB;
}

static void start_task(struct verifier *verifier, struct verify_job *job)
{
    if (uv_hrtime() / 1000000 - job->taken_ms > MAX_WAIT_MS) {
        refuse_job(job, BADGE_ELIMIT, "too many verifications are waiting for the chain; try again in a few seconds");
        return;
    }
    struct verify_task *task = calloc(1, sizeof *task);
    if (!task) {
        refuse_job(job, BADGE_ENOMEM, "out of memory; try again");
        return;
    }
    task->job = job;
    task->request = (struct verify_request){
        .loop = verifier->loop,
        .rpc = verifier->rpc,
        .n_rpcs = verifier->n_rpcs,
        .documents = verifier->documents,
        .lists = verifier->lists,
        .fetch = &verifier->fetch,
        .client = job->client,
        .policy = &verifier->policy,
        .evidence = &task->evidence,
        .max_memory = inquiry_memory(job->len),
        .read_work = forget_document_work,
        .waits = on_waits,
        .chain_queried = on_chain_queried,
        .callback = on_verdict,
        .context = task,
    };
    pool_queue(verifier->loop, &task->read, read_work, on_read);
    verifier->n_active++;
}

static void start_waiting_tasks(struct verifier *verifier)
{
    while (!STAILQ_EMPTY(&verifier->waiting) && verifier->n_active < MAX_ACTIVE) {
        struct verify_job *job = STAILQ_FIRST(&verifier->waiting);
        STAILQ_REMOVE_HEAD(&verifier->waiting, in_queue);
        start_task(verifier, job);
    }
}

static void enqueue(struct message *message)
{
    struct verify_job *job = container_of(message, struct verify_job, to_main);
    struct verifier *verifier = job->context;
    STAILQ_INSERT_TAIL(&verifier->waiting, job, in_queue);
    start_waiting_tasks(verifier);
}

void verifier_take(void *verifier, struct verify_job *job)
{
    job->context = verifier;
    job->report = NULL;
    job->taken_ms = uv_hrtime() / 1000000;
    job->to_main.handler = enqueue;
    mailbox_post(((struct verifier *)verifier)->mailbox, &job->to_main);
}

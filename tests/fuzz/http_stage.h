/*
 * The API's handlers without a server: libmicrohttpd's connection (mhd.h), the intake and the mailbox are faked here,
 * all on one thread; the store is real and empty. Include it once a target.
 */
#ifndef FUZZ_HTTP_STAGE_H
#define FUZZ_HTTP_STAGE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "http/connection.h"

static struct api_options api = {.max_json = 4096, .any_issuer = true};
static struct http_module module;
static struct http_options options = {.n_loops = 1, .module = &module, .n_modules = 1, .max_body = 8192};
static struct loop loop;
static struct connection connection;
static struct message *messages, **last_message = &messages;
static const char *content_type;
static bool is_suspended;
static unsigned n_submitted;

const char *mhd_header(struct MHD_Connection *mhd, const char *name)
{
    (void)mhd;
    return strcmp(name, "Content-Type") == 0 ? content_type : NULL;
}

void mhd_suspend(struct MHD_Connection *mhd)
{
    (void)mhd;
    if (is_suspended)
        abort();
    is_suspended = true;
}

void mhd_resume(struct MHD_Connection *mhd)
{
    (void)mhd;
    if (!is_suspended)
        abort();
    is_suspended = false;
}

void mhd_set_timeout(struct MHD_Connection *mhd, unsigned seconds)
{
    (void)mhd;
    (void)seconds;
}

void mhd_read_again(struct mhd *mhd, struct MHD_Connection *of, int fd)
{
    (void)mhd;
    (void)of;
    (void)fd;
}

void mailbox_post(struct mailbox *mailbox, struct message *message)
{
    (void)mailbox;
    message->next = NULL;
    *last_message = message;
    last_message = &message->next;
}

void intake_submit(struct intake *intake, struct intake_request *request)
{
    (void)intake;
    for (size_t i = 0; i < request->n; i++) {
        struct store_submission *submission = &request->submission[i];
        submission->record = (struct store_record){.digest = submission->digest, .state = STORE_PENDING};
        submission->outcome = STORE_NEW;
        n_submitted++;
    }
    mailbox_post(request->reply_to, &request->done);
}

enum badge_status intake_accepts(const struct intake *intake, const struct badge_claims *claims, struct badge_err *err)
{
    (void)intake;
    (void)claims;
    return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET, "not accepted");
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

/* An empty store, which is all that reads need; gone before the first input. */
static void stage_init(void)
{
    char folder[] = "/tmp/badged-fuzz-XXXXXX";
    struct badge_err err;
    if (!mkdtemp(folder))
        abort();
    const struct store_options store = {.path = folder, .max_pending = 1, .chain_id = 1};
    if (store_open(&api.store, &store, &err) != BADGE_OK)
        abort();
    api.store_path = "/tmp";
    module = api_module(&api);
    loop.module_state[0] = module.loop_new(&api, &loop);
    if (!loop.module_state[0])
        abort();
    (void)!nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct exchange *stage_open(const struct route *route, size_t len)
{
    struct exchange *x = &connection.x;
    connection = (struct connection){.loop = &loop};
    loop.options = &options;
    loop.in_turn = true; /* so that nothing wakes it by libuv */
    loop.last_job = loop.jobs ? loop.last_job : &loop.jobs;
    loop.token_budget.max = loop.anonymous_budget.max = (size_t)64 << 20;
    *x = (struct exchange){.loop = &loop,
                           .route = route,
                           .query = "",
                           .method = route->method,
                           .content_length = len,
                           .module = &module,
                           .loop_state = loop.module_state[0]};
    x->has_body = len > 0;
    x->reply.fd = -1;
    strbuf_init(&x->reply.head, 8 * 1024);
    return x;
}

/* The oldest message or job comes back; false: there is none. */
static bool stage_step(void)
{
    if (messages) {
        struct message *message = messages;
        messages = message->next;
        if (!messages)
            last_message = &messages;
        message->handler(message);
        return true;
    }
    if (!loop.jobs)
        return false;
    struct loop_job *job = loop.jobs;
    loop.jobs = job->next;
    if (!loop.jobs)
        loop.last_job = &loop.jobs;
    job->work(job);
    loop_unref(&loop);
    job->done(job);
    return true;
}

static void stage_await(const struct exchange *x)
{
    while (x->waiting)
        if (!stage_step())
            abort(); /* it would wait for ever */
}

static void stage_close(struct exchange *x)
{
    if (x->waiting)
        abort();
    exchange_end_handler(x);
    while (stage_step()) {
    }
    if (loop.n_refs)
        abort();
    loop.token_budget.bytes = loop.anonymous_budget.bytes = 0;
    strbuf_release(&x->reply.head);
    strbuf_release(&x->reply.body);
    if (x->reply.fd >= 0)
        close(x->reply.fd);
}

#endif

/*
 * DID documents, fetched from the issuers' hosts: over https, bounded in size and time, without redirects. Documents
 * are cached for a few minutes, failures for some seconds; requests for a document that is being fetched share the
 * fetch. At most DID_DOCUMENTS_MAX are cached, and a few are fetched at a time. Only on the client's loop.
 */
#ifndef AUDIT_DID_DOCUMENTS_H
#define AUDIT_DID_DOCUMENTS_H

#include "badge/did.h"
#include "net/client.h"

#define DID_DOCUMENTS_MAX 64

struct did_documents;

struct did_documents_options {
    uv_loop_t *loop;
    struct net_client *client;
    bool private_hosts; /* also from hosts off the public internet */
    /* 0: the default; for tests */
    uint64_t fresh_ms, failed_ms;
};
enum badge_status did_documents_new(struct did_documents **out, const struct did_documents_options *options,
                                    struct badge_err *err) BADGE_CHECKED;
void did_documents_free(struct did_documents *documents); /* when no waiter is left */

struct did_document {
    const char *bytes; /* NULL: it could not be fetched */
    size_t len;
    const char *why; /* if bytes is NULL: one clause */
};

/* The caller's; it must live until its callback runs. */
struct did_waiter {
    void (*callback)(void *context, const struct did_document *document); /* borrowed until it returns */
    void *context;
    struct did_waiter *next;
};

/*
 * url is that of badge_did_web_url(). If the document or its failure is cached, returns it, borrowed until the next
 * call. NULL: the waiter is called exactly once, later.
 */
const struct did_document *did_documents_ask(struct did_documents *documents, const char *url,
                                             struct did_waiter *waiter);

#endif

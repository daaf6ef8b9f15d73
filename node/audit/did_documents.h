/*
 * DID documents, fetched where issuers keep them: over https, bounded in size and time, no redirects followed. Kept for
 * a few minutes, a failure for some seconds; who asks for one that is on its way waits for the same fetch. At most
 * DID_DOCUMENTS_MAX are kept, and a few are fetched at a time. On the loop of the client alone.
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
    bool private_hosts; /* also from hosts that only this machine's own network reaches */
    /* 0: the usual; for tests */
    uint64_t fresh_ms, failed_ms;
};
enum badge_status did_documents_new(struct did_documents **out, const struct did_documents_options *options,
                                    struct badge_err *err) BADGE_CHECKED;
void did_documents_free(struct did_documents *documents); /* nobody waits any more */

struct did_document {
    const char *bytes; /* NULL: it could not be fetched */
    size_t len;
    const char *why; /* then, one clause */
};

/* Somebody who waits; the caller's, until it is called. */
struct did_waiter {
    void (*callback)(void *context, const struct did_document *document); /* borrowed until it returns */
    void *context;
    struct did_waiter *next;
};

/*
 * url is that of badge_did_web_url(). Returns the document, or that it can't be had, where that is known already,
 * borrowed until the next call; NULL: the waiter is called, exactly once, later.
 */
const struct did_document *did_documents_ask(struct did_documents *documents, const char *url,
                                             struct did_waiter *waiter);

#endif

/*
 * Documents of issuers, fetched from their hosts: DID documents, those with an issuer's keys, and status lists. Over
 * https, bounded in size and time, without redirects. Documents are cached for a few minutes, failures for one;
 * requests for a document that is being fetched share the fetch. A status list is not kept here, only the failure to
 * fetch it (status_lists.h has the cache of lists). Only on the client's loop.
 *
 * The hosts are named by strangers. For a node, which strangers ask, a host gets one request at a time and a few a
 * minute, and so does a client; what is beyond that is not fetched, and the answer says so.
 */
#ifndef AUDIT_ISSUER_DOCUMENTS_H
#define AUDIT_ISSUER_DOCUMENTS_H

#include "badge/did.h"
#include "badge/status_list.h"
#include "net/client.h"

#define ISSUER_DOCUMENTS_MAX 128        /* that are cached */
#define ISSUER_DOCUMENTS_MAX_FETCHES 64 /* that are being fetched, or wait for their host */
#define ISSUER_DOCUMENTS_PER_HOST 10    /* fetches a minute, of a node */
#define ISSUER_DOCUMENTS_PER_CLIENT 30

#define ISSUER_HOST_LEN 272 /* a host name with a port, and a NUL */
#define ISSUER_CLIENT_LEN 16

struct issuer_documents;

struct issuer_documents_options {
    uv_loop_t *loop;
    struct net_client *client;
    bool private_hosts; /* also from hosts off the public internet */
    bool is_node;       /* strangers ask: the limits of hosts and clients count */
    /* 0: the default; for tests */
    uint64_t fresh_ms, failed_ms;
};
enum badge_status issuer_documents_new(struct issuer_documents **out, const struct issuer_documents_options *options,
                                       struct badge_err *err) BADGE_CHECKED;
void issuer_documents_free(struct issuer_documents *documents); /* when no waiter is left */

struct issuer_document {
    const char *bytes; /* NULL: it could not be fetched */
    size_t len;
    const char *media_type; /* the Content-Type as it was sent; NULL: none */
    bool has_disposition;   /* it came with Content-Disposition */
    const char *why;        /* if bytes is NULL: one clause */
    int http_status;        /* if there are bytes: 200, or of a list 410 */
    int64_t max_age_s;      /* of a list: as struct net_response has it */
};

/* The caller's; it must live until its callback runs. */
struct issuer_waiter {
    void (*callback)(void *context, const struct issuer_document *document); /* borrowed until it returns */
    void *context;
    struct issuer_waiter *next;
};

/*
 * If the document or its failure is cached, returns it, borrowed until the next call. NULL: the waiter is called
 * exactly once, later.
 * url      https, shorter than BADGE_DID_URL_LEN
 * client   who causes the fetch, ISSUER_CLIENT_LEN bytes; NULL: not a stranger alone, so it is not counted, neither for
 *          the client nor for the host
 */
const struct issuer_document *issuer_documents_ask(struct issuer_documents *documents, const char *url,
                                                   const uint8_t *client, struct issuer_waiter *waiter);

/* The same for a status list: up to BADGE_STATUS_MAX_LIST bytes, and what comes with HTTP 410 is passed on too. */
const struct issuer_document *issuer_documents_ask_list(struct issuer_documents *documents, const char *url,
                                                        const uint8_t *client, struct issuer_waiter *waiter);

/*
 * The host of an https URL in small letters, with its port where it is not 443. False: it is not an https URL, or has a
 * user.
 */
bool issuer_host_of_url(char out[ISSUER_HOST_LEN], const char *url);
/* That of the document of an issuer's id: a did:web or an https URL. False: the id is another one, and has no host. */
bool issuer_host_of_id(char out[ISSUER_HOST_LEN], struct badge_text id);

#endif

/*
 * What happens in the node, as it is told by GET /v1/events: a ring of the latest EVENTS_KEPT events, each ready to be
 * sent (WHATWG HTML section 9.2, server-sent events), and the loops that want to know of new ones.
 *
 * Any thread publishes: it formats, takes a lock for the copying of one event, posts a letter to each loop that
 * listens, and never waits for a reader. An event's id is "<run>-<number>"; the run is drawn at each start, so that an
 * id of another run is never taken for one of this.
 */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include <stdatomic.h>

#include "runtime/mailbox.h"
#include "store/store.h"

#define EVENTS_KEPT 1024
#define EVENT_MAX_LEN 640   /* of one, as it is sent */
#define EVENTS_FLUSH_MS 250 /* counts of credentials are told this seldom */
#define EVENTS_MAX_STREAMS 1024
#define EVENTS_MAX_PER_CLIENT 64 /* of them, so that no address can shut out all others */
#define EVENTS_MAX_WITH_TOKEN 64 /* more, so that strangers never take the room of those with a token */

struct events;

/* store: asked for counts and withdrawals; NULL: neither is told. NULL where there is no memory or no randomness. */
struct events *events_new(struct store *store) BADGE_CHECKED;
void events_free(struct events *events);

/* -- publishing; any thread, and with events NULL nothing happens ------------------------------------------------- */

/* A batch was sealed, or its state has changed. */
void events_batch(struct events *events, const struct store_batch *batch);
/* Its anchor has moved; fee_wei 0: not known. */
void events_anchor(struct events *events, const struct store_batch *batch, uint64_t fee_wei);
/* Credentials were accepted, or left the pending ones: counts follow when they are due. One store of a flag. */
void events_credentials(struct events *events);
/* What the chain says of one credential: status is "revoked" or "restored". */
void events_status(struct events *events, const struct badge_hash *digest, const char *status,
                   const struct badge_address *account, int64_t time_s);
/* Tells of credentials if that is due; now_ms of any monotonic clock, the same in all calls. */
void events_flush(struct events *events, uint64_t now_ms);

/* -- listening: streams.c --------------------------------------------------------------------------------------- */

/* One loop's; the loop embeds it and keeps it until its mailbox is closed. */
struct subscriber {
    struct subscriber *next;
    struct mailbox *mailbox;
    void (*on_event)(struct subscriber *subscriber); /* on the loop: there are new events */
    struct message message;
    struct events *events;
    bool posted;
};
void events_attach(struct events *events, struct subscriber *subscriber); /* mailbox and heard are set */
void events_detach(struct events *events, struct subscriber *subscriber); /* before the mailbox is closed */

/* false: there are as many as there may be. After true, events_stream_leave() with the same has_token. */
bool events_stream_enter(struct events *events, bool has_token) BADGE_CHECKED;
void events_stream_leave(struct events *events, bool has_token);

/*
 * Where a reader stands: the number of the last event that it has, and the text that it is greeted with (at most
 * EVENT_MAX_LEN). last_id NULL or empty: it wants what comes from now on. An id that is not in the ring gets the event
 * `reset`, then what comes from now on.
 */
uint64_t events_begin(struct events *events, const char *last_id, size_t last_id_len, char *greeting,
                      size_t *greeting_len);

enum events_next { EVENTS_NONE, EVENTS_NEXT, EVENTS_MISSED };
/* The event after *number, which it then becomes. EVENTS_MISSED: the ring has gone over it. out: EVENT_MAX_LEN bytes.
 */
enum events_next events_next(struct events *events, uint64_t *number, char *out, size_t *len);

#endif

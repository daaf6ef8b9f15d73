/*
 * What happens in the node, for GET /v1/events: a ring of the latest EVENTS_KEPT events, each ready to be sent (WHATWG
 * HTML section 9.2, server-sent events), and the loops that subscribe to new ones.
 *
 * Any thread publishes: it formats, holds a lock while it copies one event, posts a message to each subscribed loop,
 * and never waits for a reader. An event's id is "<run>-<number>"; the run is a random number of each start, so that an
 * id of another run is never mistaken for one of this run.
 */
#ifndef API_EVENTS_H
#define API_EVENTS_H

#include <stdatomic.h>

#include "runtime/mailbox.h"
#include "store/store.h"

#define EVENTS_KEPT 1024
#define EVENT_MAX_LEN 640   /* of one event, as it is sent */
#define EVENTS_FLUSH_MS 250 /* counts of credentials are published this often at most */
#define EVENTS_MAX_STREAMS 1024
#define EVENTS_MAX_PER_CLIENT 64 /* of these, so that no address can take them all */
#define EVENTS_MAX_WITH_TOKEN 64 /* in addition, so that anonymous clients never take their places */

struct events;

/* store: source of counts and withdrawals; NULL: neither is published. Returns NULL: no memory, or no random bytes. */
struct events *events_new(struct store *store) BADGE_CHECKED;
void events_free(struct events *events);

/* -- publishing; any thread ---------------------------------------------------------------------------------------- */

/* A batch was sealed, or its state has changed. */
void events_batch(struct events *events, const struct store_batch *batch);
/* The state of its anchor has changed; fee_wei 0: unknown. */
void events_anchor(struct events *events, const struct store_batch *batch, uint64_t fee_wei);
/* Credentials were accepted, or are not pending any more: counts follow when they are due. Only sets a flag. */
void events_credentials(struct events *events);
/* The chain's status of one credential: "revoked" or "restored". reason: of a revocation; NULL: not known. */
void events_status(struct events *events, const struct badge_hash *digest, const char *status,
                   const enum badge_reason *reason, const struct badge_address *account, int64_t time_s);
/* More has changed than is published: clients read the current state again. */
void events_reset(struct events *events);
/* Publishes counts of credentials if they are due; now_ms: of a monotonic clock, the same in all calls. */
void events_flush(struct events *events, uint64_t now_ms);

/* -- subscribing: sse_streams.c ---------------------------------------------------------------------------------------
 */

/* One for each loop, which embeds it and keeps it until its mailbox is closed. */
struct subscriber {
    struct subscriber *next;
    struct mailbox *mailbox;
    struct message message; /* there are new events: its handler first sets posted to false, then reads */
    atomic_bool posted;     /* so what is published after that posts again */
};
void events_attach(struct events *events, struct subscriber *subscriber); /* mailbox and message.handler are set */
void events_detach(struct events *events, struct subscriber *subscriber); /* before the mailbox is closed */

/* false: too many streams. After true, events_stream_leave() with the same has_token. */
bool events_stream_enter(struct events *events, bool has_token) BADGE_CHECKED;
void events_stream_leave(struct events *events, bool has_token);

/*
 * Starts a reader: returns the number of the last event that it has, and the text to send first (at most
 * EVENT_MAX_LEN). last_id NULL or empty: it gets events from now on. An id that is not in the ring gets the event
 * `reset`, then events from now on.
 */
uint64_t events_begin(struct events *events, const char *last_id, size_t last_id_len, char *first, size_t *first_len);

enum events_next { EVENTS_NONE, EVENTS_NEXT, EVENTS_MISSED };
/* The event after *number; advances *number. EVENTS_MISSED: overwritten in the ring. out: EVENT_MAX_LEN bytes. */
enum events_next events_next(struct events *events, uint64_t *number, char *out, size_t *len);

#endif

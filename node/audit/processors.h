/*
 * JSON-LD processors for verifications: a few, each of which serves one thread of libuv's pool at a time and remembers
 * the contexts that it has read. What is done with one is done in turns; a verification has all of its turns on the
 * same. Only on the loop, but for a turn's run().
 */
#ifndef AUDIT_PROCESSORS_H
#define AUDIT_PROCESSORS_H

#include <sys/queue.h>

#include "audit/given.h"
#include "runtime/pool.h"

struct processors;
struct processor;

/* Embedded in what it is about; zero at first. It must stay until its done(), which may free it or queue it again. */
struct processor_turn {
    struct pool_work work;
    struct processors *all;
    struct processor *processor;
    STAILQ_ENTRY(processor_turn) next;
    /* On the pool; jsonld NULL: there is not enough memory for one. */
    void (*run)(struct processor_turn *turn, struct badge_jsonld *jsonld);
    void (*done)(struct processor_turn *turn);
};

/*
 * n       how many; each is made when it is first needed
 * given   whose contexts they have; taken, also on failure
 * errors  BADGE_ENOMEM
 */
enum badge_status processors_new(struct processors **out, uv_loop_t *loop, unsigned n, struct given *given,
                                 struct badge_err *err) BADGE_CHECKED;
/* One more user, and one less: the last one frees them, and what was given. No turn may be queued then. */
struct processors *processors_hold(struct processors *processors);
void processors_release(struct processors *processors);
const struct given *processors_given(const struct processors *processors);

/* run() on the pool, then done() on the loop, each exactly once. */
void processors_queue(struct processors *processors, struct processor_turn *turn);

#endif

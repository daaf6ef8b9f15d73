/*
 * Turns with processors. proof_query.c queues them; the daemon replaces all processors when its settings change, while
 * verifications still use the former ones.
 */
#include "audit/processors.h"

#include <stdlib.h>

#include "badge/text.h"
#include "core/compiler.h"

struct processor {
    struct badge_jsonld *jsonld;         /* NULL: not made yet */
    STAILQ_HEAD(, processor_turn) turns; /* the first one is on the pool */
    unsigned n_turns;
};

struct processors {
    uv_loop_t *loop;
    struct given *given;
    unsigned n_users, n;
    struct processor one[];
};

enum badge_status processors_new(struct processors **out, uv_loop_t *loop, unsigned n, struct given *given,
                                 struct badge_err *err)
{
    struct processors *processors = calloc(1, sizeof *processors + n * sizeof(struct processor));
    if (!processors) {
        given_free(given);
        return badge_no_memory(err);
    }
    processors->loop = loop;
    processors->given = given;
    processors->n_users = 1;
    processors->n = n;
    for (unsigned i = 0; i < n; i++)
        STAILQ_INIT(&processors->one[i].turns);
    *out = processors;
    return BADGE_OK;
}

struct processors *processors_hold(struct processors *processors)
{
    processors->n_users++;
    return processors;
}

void processors_release(struct processors *processors)
{
    if (!processors || --processors->n_users > 0)
        return;
    for (unsigned i = 0; i < processors->n; i++) {
        BADGE_ASSERT(processors->one[i].n_turns == 0);
        badge_jsonld_free(processors->one[i].jsonld);
    }
    given_free(processors->given);
    free(processors);
}

const struct given *processors_given(const struct processors *processors)
{
    return processors->given;
}

static void turn_work(struct pool_work *work)
{
    struct processor_turn *turn = container_of(work, struct processor_turn, work);
    struct processor *processor = turn->processor;
    if (!processor->jsonld && given_processor(&processor->jsonld, turn->all->given, NULL) != BADGE_OK)
        processor->jsonld = NULL;
    turn->run(turn, processor->jsonld);
}

static void on_turn_done(struct pool_work *work)
{
    struct processor_turn *turn = container_of(work, struct processor_turn, work);
    struct processor *processor = turn->processor;
    uv_loop_t *loop = turn->all->loop;
    STAILQ_REMOVE_HEAD(&processor->turns, next);
    processor->n_turns--;
    struct processor_turn *next = STAILQ_FIRST(&processor->turns);
    if (next)
        pool_queue(loop, &next->work, turn_work, on_turn_done);
    turn->done(turn); /* which may release the processors */
}

/* The one with the fewest turns; of several the first, which has the contexts in memory already. */
static struct processor *choose(struct processors *processors)
{
    struct processor *best = &processors->one[0];
    for (unsigned i = 1; i < processors->n; i++)
        if (processors->one[i].n_turns < best->n_turns)
            best = &processors->one[i];
    return best;
}

void processors_queue(struct processors *processors, struct processor_turn *turn)
{
    if (!turn->processor) {
        turn->all = processors;
        turn->processor = choose(processors);
    }
    struct processor *processor = turn->processor;
    STAILQ_INSERT_TAIL(&processor->turns, turn, next);
    if (processor->n_turns++ == 0)
        pool_queue(processors->loop, &turn->work, turn_work, on_turn_done);
}

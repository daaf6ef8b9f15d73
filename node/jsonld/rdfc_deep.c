/*
 * The blank nodes that share their first-degree hash: RDFC-1.0 sections 4.4.3 step 5, 4.7 and 4.8 (Hash N-Degree
 * Quads). Its work can grow with the factorial of the nodes, so every call and every step is counted against a bound.
 *
 * There is one temporary issuer. The specification copies it before each attempt and keeps the copy of the best one;
 * here an attempt only appends to `order`, is undone by cutting the end off, and the best end is appended again.
 */
#include "jsonld/rdfc.h"

#include "badge/text.h"

#include <string.h>

#define MAX_NESTING 512   /* calls within calls: each takes some of the stack */
#define STEPS_PER_CALL 64 /* related nodes looked at, issued and tried, for each call that is allowed */

struct related {
    struct rdfc_hash hash;
    uint32_t node;
};

/* The variables of one call; kept for the next call of the same nesting. */
struct frame {
    struct related *related;
    const void **sorted;               /* pointers to these */
    uint32_t *permutation, *recursion; /* of a group of related nodes */
    size_t capacity;                   /* of these four */
    struct rdf_out path, chosen, data;
    uint32_t *best; /* the end of `order` that belongs to the chosen path */
    size_t n_best, best_capacity;
};

struct deep {
    struct rdfc *c;
    struct frame **frame; /* by nesting */
    uint32_t *number;     /* of a node, its temporary number and one more; 0: none */
    uint32_t *order;      /* nodes by their temporary numbers */
    uint32_t n_order;
    size_t n_calls, max_calls, n_steps, max_steps;
};

struct result {
    struct rdfc_hash hash;
    uint32_t *order;
    uint32_t n_order;
};

static enum badge_status too_deep(struct deep *d)
{
    return badge_fail(d->c->err, BADGE_ELIMIT, BADGE_NO_OFFSET,
                      "telling its blank nodes apart takes more work than is allowed");
}

static bool may_step(struct deep *d, size_t n)
{
    d->n_steps += n;
    return d->n_steps <= d->max_steps;
}

static void issue(struct deep *d, uint32_t node)
{
    if (d->number[node] != 0)
        return;
    d->order[d->n_order++] = node;
    d->number[node] = d->n_order;
}

static void cut(struct deep *d, uint32_t n_order)
{
    while (d->n_order > n_order)
        d->number[d->order[--d->n_order]] = 0;
}

static void put_temporary(struct deep *d, struct rdf_out *out, uint32_t node)
{
    RDF_PUT(out, "_:b");
    rdfc_put_number(out, d->number[node] - 1);
}

static void put_canonical(struct deep *d, struct rdf_out *out, uint32_t node)
{
    RDF_PUT(out, "_:c14n");
    rdfc_put_number(out, d->c->node[node].canonical - 1);
}

static bool hash_is_after(const struct deep *d, const struct rdfc_hash *a, const struct rdfc_hash *b)
{
    return memcmp(a->b, b->b, d->c->hash_len) > 0;
}

/* -- Hash Related Blank Node (section 4.7), for every related node of one ------------------------------------------ */

static void hash_related(struct deep *d, struct related *out, uint32_t node, const struct badge_rdf_quad *quad,
                         char position)
{
    struct rdf_out *text = &d->c->text;
    text->len = 0;
    rdf_put(text, &position, 1);
    if (position != 'g') {
        RDF_PUT(text, "<");
        rdf_put(text, quad->predicate->value.bytes, quad->predicate->value.len);
        RDF_PUT(text, ">");
    }
    if (d->c->node[node].canonical != 0)
        put_canonical(d, text, node);
    else if (d->number[node] != 0)
        put_temporary(d, text, node);
    else
        rdfc_put_hex(d->c, text, &d->c->node[node].first_degree);
    out->node = node;
    if (!text->failed)
        rdfc_digest(d->c, &out->hash, text);
}

static size_t collect(struct deep *d, struct frame *frame, uint32_t node)
{
    const struct rdfc *c = d->c;
    size_t n = 0;
    for (uint32_t i = 0; i < c->node[node].n_mentions; i++) {
        const uint32_t at = c->mention[c->node[node].first_mention + i];
        const struct rdfc_quad *nodes = &c->quad[at];
        const struct badge_rdf_quad *quad = &c->dataset->quad[at];
        if (nodes->subject != RDFC_NO_NODE && nodes->subject != node)
            hash_related(d, &frame->related[n++], nodes->subject, quad, 's');
        if (nodes->object != RDFC_NO_NODE && nodes->object != node)
            hash_related(d, &frame->related[n++], nodes->object, quad, 'o');
        if (nodes->graph != RDFC_NO_NODE && nodes->graph != node)
            hash_related(d, &frame->related[n++], nodes->graph, quad, 'g');
    }
    return n;
}

static bool related_is_after(const void *a, const void *b, const void *d)
{
    return hash_is_after(d, &((const struct related *)a)->hash, &((const struct related *)b)->hash);
}

/* -- Hash N-Degree Quads (section 4.8) ----------------------------------------------------------------------------- */

static enum badge_status hash_deep(struct deep *d, uint32_t node, unsigned nesting, struct rdfc_hash *out);

static struct frame *frame_at(struct deep *d, unsigned nesting, size_t n_related)
{
    struct badge_arena *arena = d->c->arena;
    struct frame *frame = d->frame[nesting];
    if (!frame) {
        frame = d->frame[nesting] = badge_arena_alloc(arena, sizeof *frame);
        if (!frame)
            return NULL;
        *frame = (struct frame){.path = {.arena = arena}, .chosen = {.arena = arena}, .data = {.arena = arena}};
    }
    if (!frame->related || frame->capacity < n_related) {
        const size_t capacity = 2 * n_related;
        frame->related = badge_arena_alloc(arena, capacity * sizeof *frame->related);
        frame->sorted = badge_arena_alloc(arena, (capacity + capacity / 2) * sizeof *frame->sorted);
        frame->permutation = badge_arena_alloc(arena, capacity * sizeof *frame->permutation);
        frame->recursion = badge_arena_alloc(arena, capacity * sizeof *frame->recursion);
        if (!frame->related || !frame->sorted || !frame->permutation || !frame->recursion)
            return NULL;
        frame->capacity = capacity;
    }
    return frame;
}

/* Whether the path can't become the chosen one any more (steps 5.4.4.3 and 5.4.5.6). */
static bool is_worse(const struct frame *frame)
{
    const struct rdf_out *path = &frame->path, *chosen = &frame->chosen;
    if (chosen->len == 0 || path->len < chosen->len)
        return false;
    const int order = memcmp(path->bytes, chosen->bytes, chosen->len);
    return order > 0 || (order == 0 && path->len > chosen->len);
}

/* Steps 5.4.1 to 5.4.5: the path of one permutation. *worse: it was given up. */
static enum badge_status try_path(struct deep *d, struct frame *frame, const void *const *group, size_t n,
                                  unsigned nesting, bool *worse)
{
    size_t n_recursion = 0;
    frame->path.len = 0;
    *worse = true;
    for (size_t i = 0; i < n; i++) {
        const uint32_t node = ((const struct related *)group[frame->permutation[i]])->node;
        if (d->c->node[node].canonical != 0) {
            put_canonical(d, &frame->path, node);
        } else {
            if (d->number[node] == 0)
                frame->recursion[n_recursion++] = node;
            issue(d, node);
            put_temporary(d, &frame->path, node);
        }
        if (is_worse(frame))
            return BADGE_OK;
    }
    for (size_t i = 0; i < n_recursion; i++) {
        struct rdfc_hash hash;
        enum badge_status status = hash_deep(d, frame->recursion[i], nesting + 1, &hash);
        if (status != BADGE_OK)
            return status;
        put_temporary(d, &frame->path, frame->recursion[i]);
        RDF_PUT(&frame->path, "<");
        rdfc_put_hex(d->c, &frame->path, &hash);
        RDF_PUT(&frame->path, ">");
        if (is_worse(frame))
            return BADGE_OK;
    }
    *worse = false;
    return frame->path.failed ? badge_no_memory(d->c->err) : BADGE_OK;
}

/* Step 5.4.6: keeps the path, and what was issued on it since n_order, if it is the least yet. */
static bool keep_best(struct deep *d, struct frame *frame, uint32_t n_order)
{
    const struct rdf_out path = frame->path, *chosen = &frame->chosen;
    const size_t len = path.len < chosen->len ? path.len : chosen->len, n_best = d->n_order - n_order;
    const int order = len == 0 ? 0 : memcmp(path.bytes, chosen->bytes, len);
    if (chosen->len > 0 && (order > 0 || (order == 0 && path.len >= chosen->len)))
        return true;
    if (frame->best_capacity < n_best || !frame->best) {
        frame->best_capacity = 2 * n_best;
        frame->best = badge_arena_alloc(d->c->arena, frame->best_capacity * sizeof *frame->best);
        if (!frame->best)
            return false;
    }
    memcpy(frame->best, d->order + n_order, n_best * sizeof *frame->best);
    frame->n_best = n_best;
    frame->path = *chosen; /* its memory serves the next path */
    frame->chosen = path;
    return true;
}

/* The next permutation in lexicographic order; false: that was the last. */
static bool next_permutation(uint32_t *index, size_t n)
{
    size_t i = n - 1, j = n - 1;
    while (i > 0 && index[i - 1] > index[i])
        i--;
    if (i == 0)
        return false;
    while (index[j] < index[i - 1])
        j--;
    uint32_t moved = index[i - 1];
    index[i - 1] = index[j];
    index[j] = moved;
    for (j = n - 1; i < j; i++, j--) {
        moved = index[i];
        index[i] = index[j];
        index[j] = moved;
    }
    return true;
}

/* Step 5.4 to 5.6: the least path through a group of related nodes that share a hash; its nodes stay issued. */
static enum badge_status choose_path(struct deep *d, struct frame *frame, const void *const *group, size_t n,
                                     unsigned nesting)
{
    const uint32_t n_order = d->n_order;
    for (uint32_t i = 0; i < n; i++)
        frame->permutation[i] = i;
    frame->chosen.len = 0;
    do {
        bool worse;
        if (!may_step(d, n))
            return too_deep(d);
        enum badge_status status = try_path(d, frame, group, n, nesting, &worse);
        if (status != BADGE_OK)
            return status;
        if (!may_step(d, d->n_order - n_order))
            return too_deep(d);
        if (!worse && !keep_best(d, frame, n_order))
            return badge_no_memory(d->c->err);
        cut(d, n_order);
    } while (next_permutation(frame->permutation, n));
    for (size_t i = 0; i < frame->n_best; i++)
        issue(d, frame->best[i]);
    return BADGE_OK;
}

static enum badge_status hash_deep(struct deep *d, uint32_t node, unsigned nesting, struct rdfc_hash *out)
{
    const size_t most = 2 * (size_t)d->c->node[node].n_mentions; /* a quad has two nodes beside this one */
    if (++d->n_calls > d->max_calls || nesting == MAX_NESTING || !may_step(d, most / 2))
        return too_deep(d);
    struct frame *frame = frame_at(d, nesting, most);
    if (!frame)
        return badge_no_memory(d->c->err);
    const size_t n = collect(d, frame, node);
    if (d->c->text.failed)
        return badge_no_memory(d->c->err);
    for (size_t i = 0; i < n; i++)
        frame->sorted[i] = &frame->related[i];
    rdf_sort(frame->sorted, n, frame->sorted + n, related_is_after, d);
    frame->data.len = 0;
    for (size_t i = 0, end; i < n; i = end) {
        const struct related *first = frame->sorted[i];
        for (end = i + 1; end < n && !related_is_after(frame->sorted[end], first, d);)
            end++;
        rdfc_put_hex(d->c, &frame->data, &first->hash);
        enum badge_status status = choose_path(d, frame, frame->sorted + i, end - i, nesting);
        if (status != BADGE_OK)
            return status;
        rdf_put(&frame->data, frame->chosen.bytes, frame->chosen.len);
    }
    if (frame->data.failed)
        return badge_no_memory(d->c->err);
    rdfc_digest(d->c, out, &frame->data);
    return BADGE_OK;
}

/* -- step 5 -------------------------------------------------------------------------------------------------------- */

/* The names of a group: each node's hash and the order in which it names what is about it. */
static enum badge_status name_group(struct deep *d, const void *const *group, size_t n)
{
    struct rdfc *c = d->c;
    struct result *result = badge_arena_alloc(c->arena, n * sizeof *result);
    size_t n_results = 0;
    if (!result)
        return badge_no_memory(c->err);
    for (size_t i = 0; i < n; i++) {
        const uint32_t node = (uint32_t)((const struct rdfc_node *)group[i] - c->node);
        if (c->node[node].canonical != 0)
            continue;
        struct result one;
        cut(d, 0);
        issue(d, node);
        enum badge_status status = hash_deep(d, node, 0, &one.hash);
        if (status != BADGE_OK)
            return status;
        one.n_order = d->n_order;
        one.order = badge_arena_alloc(c->arena, d->n_order * sizeof *one.order);
        if (!one.order)
            return badge_no_memory(c->err);
        memcpy(one.order, d->order, d->n_order * sizeof *one.order);
        size_t at = n_results++;
        for (; at > 0 && hash_is_after(d, &result[at - 1].hash, &one.hash); at--)
            result[at] = result[at - 1];
        result[at] = one;
    }
    cut(d, 0);
    for (size_t i = 0; i < n_results; i++)
        for (uint32_t j = 0; j < result[i].n_order; j++)
            rdfc_issue(c, result[i].order[j]);
    return BADGE_OK;
}

enum badge_status rdfc_deep(struct rdfc *c, const void *const *order, size_t max_deep, size_t *n_deep)
{
    struct deep d = {.c = c, .max_calls = max_deep, .max_steps = SIZE_MAX};
    if (max_deep < SIZE_MAX / STEPS_PER_CALL)
        d.max_steps = max_deep * STEPS_PER_CALL;
    d.frame = badge_arena_alloc(c->arena, MAX_NESTING * sizeof *d.frame);
    d.number = badge_arena_alloc(c->arena, c->n_nodes * sizeof *d.number);
    d.order = badge_arena_alloc(c->arena, c->n_nodes * sizeof *d.order);
    if (!d.frame || !d.number || !d.order)
        return badge_no_memory(c->err);
    memset(d.frame, 0, MAX_NESTING * sizeof *d.frame);
    memset(d.number, 0, c->n_nodes * sizeof *d.number);
    enum badge_status status = BADGE_OK;
    for (uint32_t i = 0, end; i < c->n_nodes && status == BADGE_OK; i = end) {
        for (end = i + 1; end < c->n_nodes && rdfc_is_same(c, order[end], order[i]);)
            end++;
        if (end > i + 1)
            status = name_group(&d, order + i, end - i);
    }
    *n_deep = d.n_calls;
    return status;
}

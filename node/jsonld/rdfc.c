/*
 * The canonical form of an RDF dataset: RDFC-1.0 (W3C Recommendation, 21 May 2024) section 4.4. Most datasets of
 * credentials have few blank nodes or none, all with hashes of their own; rdfc_deep.c has the rest.
 *
 * Lines are written once and sorted by pointers. Two lines that share a subject or a predicate by pointer, as those of
 * one dataset do, are compared from where they differ.
 */
#include "jsonld/rdfc.h"

#include "badge/text.h"
#include "core/number.h"

#include <string.h>

struct line {
    const struct badge_rdf_quad *quad;
    size_t begin; /* in the text of all lines */
    uint32_t predicate, object, len;
};

/* -- what is hashed ------------------------------------------------------------------------------------------------ */

void rdfc_digest(const struct rdfc *c, struct rdfc_hash *out, const struct rdf_out *text)
{
    if (c->hash == BADGE_RDFC_SHA384) {
        badge_sha384(out->b, text->bytes, text->len);
        return;
    }
    struct badge_hash hash;
    badge_sha256(&hash, text->bytes, text->len);
    memcpy(out->b, hash.b, sizeof hash.b);
}

void rdfc_put_hex(const struct rdfc *c, struct rdf_out *out, const struct rdfc_hash *hash)
{
    char hex[2 * BADGE_SHA384_LEN + 1];
    badge_hex_encode(hex, hash->b, c->hash_len);
    rdf_put(out, hex, 2 * c->hash_len);
}

void rdfc_put_number(struct rdf_out *out, uint32_t number)
{
    char digits[20];
    rdf_put(out, digits, core_put_integer(digits, number));
}

void rdfc_issue(struct rdfc *c, uint32_t node)
{
    if (c->node[node].canonical != 0)
        return;
    c->issued[c->n_issued++] = node;
    c->node[node].canonical = c->n_issued;
}

/* -- lines --------------------------------------------------------------------------------------------------------- */

/* text: the bytes of all lines. */
static bool is_after(const void *a_line, const void *b_line, const void *text_bytes)
{
    const struct line *a = a_line, *b = b_line;
    const char *text = text_bytes;
    uint32_t a_from = 0, b_from = 0;
    if (a->quad->subject == b->quad->subject) {
        const bool same = a->quad->predicate == b->quad->predicate;
        a_from = same ? a->object : a->predicate;
        b_from = same ? b->object : b->predicate;
    }
    return rdf_compare(text + a->begin + a_from, a->len - a_from, text + b->begin + b_from, b->len - b_from) > 0;
}

/* Room for n lines, pointers to them, and what rdf_sort() needs. */
struct lines {
    struct line *line;
    const void **sorted;
};

static bool make_lines(struct lines *out, struct badge_arena *arena, size_t n)
{
    out->line = badge_arena_alloc(arena, n * sizeof *out->line);
    out->sorted = badge_arena_alloc(arena, (n + n / 2) * sizeof *out->sorted);
    return out->line && out->sorted;
}

static void sort_and_join(struct rdf_out *out, const struct lines *lines, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        lines->sorted[i] = &lines->line[i];
    rdf_sort(lines->sorted, n, lines->sorted + n, is_after, text);
    for (size_t i = 0; i < n; i++) {
        const struct line *line = lines->sorted[i];
        rdf_put(out, text + line->begin, line->len);
    }
}

/* -- step 1 and 2: blank nodes and the quads that mention them ----------------------------------------------------- */

struct labels {
    uint32_t *slot; /* a node's index and one more; 0: empty */
    size_t capacity;
    const struct badge_rdf_term *last; /* the term that was looked up last, and its node: runs of one subject */
    uint32_t last_node;
};

/* The node of a term, in *out; false: too many labels collide, which only labels do that were made to. */
static bool find_node(struct rdfc *c, struct labels *labels, const struct badge_rdf_term *term, uint32_t *out)
{
    *out = RDFC_NO_NODE;
    if (!term || term->kind != BADGE_RDF_BLANK)
        return true;
    if (term == labels->last) {
        *out = labels->last_node;
        return true;
    }
    size_t at = rdf_hash_text(term->value) & (labels->capacity - 1);
    for (unsigned probe = 0; labels->slot[at] != 0; probe++, at = (at + 1) & (labels->capacity - 1)) {
        if (rdf_text_is(c->node[labels->slot[at] - 1].label, term->value))
            break;
        if (probe == RDF_MAX_PROBE)
            return false;
    }
    if (labels->slot[at] == 0) {
        c->node[c->n_nodes] = (struct rdfc_node){.label = term->value};
        labels->slot[at] = ++c->n_nodes;
    }
    labels->last = term;
    *out = labels->last_node = labels->slot[at] - 1;
    return true;
}

/* How many terms of the dataset are blank: at least as many as there are nodes. */
static size_t count_blank(const struct badge_rdf_dataset *dataset)
{
    size_t n = 0;
    for (size_t i = 0; i < dataset->n; i++) {
        const struct badge_rdf_quad *quad = &dataset->quad[i];
        n += quad->subject->kind == BADGE_RDF_BLANK;
        n += quad->object->kind == BADGE_RDF_BLANK;
        n += quad->graph && quad->graph->kind == BADGE_RDF_BLANK;
    }
    return n;
}

/* The distinct nodes of a quad; returns how many. */
static unsigned quad_nodes(const struct rdfc_quad *quad, uint32_t node[3])
{
    unsigned n = 0;
    if (quad->subject != RDFC_NO_NODE)
        node[n++] = quad->subject;
    if (quad->object != RDFC_NO_NODE && quad->object != quad->subject)
        node[n++] = quad->object;
    if (quad->graph != RDFC_NO_NODE && quad->graph != quad->subject && quad->graph != quad->object)
        node[n++] = quad->graph;
    return n;
}

static void list_mentions(struct rdfc *c)
{
    uint32_t node[3], total = 0;
    for (size_t i = 0; i < c->dataset->n; i++)
        for (unsigned n = quad_nodes(&c->quad[i], node); n > 0; n--)
            c->node[node[n - 1]].n_mentions++;
    for (uint32_t i = 0; i < c->n_nodes; i++) {
        c->node[i].first_mention = total;
        total += c->node[i].n_mentions;
        c->node[i].n_mentions = 0;
    }
    for (size_t i = 0; i < c->dataset->n; i++)
        for (unsigned n = quad_nodes(&c->quad[i], node); n > 0; n--) {
            struct rdfc_node *mentioned = &c->node[node[n - 1]];
            c->mention[mentioned->first_mention + mentioned->n_mentions++] = (uint32_t)i;
        }
}

static enum badge_status find_nodes(struct rdfc *c)
{
    const size_t n_quads = c->dataset->n, n_blank = count_blank(c->dataset);
    struct labels labels = {.capacity = 64};
    while (labels.capacity < 2 * n_blank)
        labels.capacity *= 2;
    c->quad = badge_arena_alloc(c->arena, n_quads * sizeof *c->quad);
    c->node = badge_arena_alloc(c->arena, n_blank * sizeof *c->node);
    c->mention = badge_arena_alloc(c->arena, n_blank * sizeof *c->mention);
    c->issued = badge_arena_alloc(c->arena, n_blank * sizeof *c->issued);
    labels.slot = badge_arena_alloc(c->arena, labels.capacity * sizeof *labels.slot);
    if (!c->quad || !c->node || !c->mention || !c->issued || !labels.slot)
        return badge_no_memory(c->err);
    memset(labels.slot, 0, labels.capacity * sizeof *labels.slot);
    for (size_t i = 0; i < n_quads; i++) {
        const struct badge_rdf_quad *quad = &c->dataset->quad[i];
        if (!find_node(c, &labels, quad->subject, &c->quad[i].subject) ||
            !find_node(c, &labels, quad->object, &c->quad[i].object) ||
            !find_node(c, &labels, quad->graph, &c->quad[i].graph))
            return badge_fail(c->err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more blank nodes than are read");
    }
    list_mentions(c);
    return BADGE_OK;
}

/* -- step 3: Hash First Degree Quads (section 4.6) ----------------------------------------------------------------- */

/* Writes a term of a quad as it is seen from one of its blank nodes. */
static void put_seen(struct rdf_out *out, const struct badge_rdf_term *term, uint32_t node, uint32_t from)
{
    if (node == RDFC_NO_NODE)
        rdf_put_term(out, term);
    else if (node == from)
        RDF_PUT(out, "_:a");
    else
        RDF_PUT(out, "_:z");
}

static void put_seen_line(struct rdfc *c, struct line *line, uint32_t quad_index, uint32_t from)
{
    const struct badge_rdf_quad *quad = &c->dataset->quad[quad_index];
    const struct rdfc_quad *nodes = &c->quad[quad_index];
    *line = (struct line){.quad = quad, .begin = c->text.len};
    put_seen(&c->text, quad->subject, nodes->subject, from);
    RDF_PUT(&c->text, " ");
    line->predicate = (uint32_t)(c->text.len - line->begin);
    rdf_put_term(&c->text, quad->predicate);
    RDF_PUT(&c->text, " ");
    line->object = (uint32_t)(c->text.len - line->begin);
    put_seen(&c->text, quad->object, nodes->object, from);
    if (quad->graph) {
        RDF_PUT(&c->text, " ");
        put_seen(&c->text, quad->graph, nodes->graph, from);
    }
    RDF_PUT(&c->text, " .\n");
    line->len = (uint32_t)(c->text.len - line->begin);
}

static void hash_first_degree(struct rdfc *c, uint32_t node_index, const struct lines *lines, struct rdf_out *joined)
{
    struct rdfc_node *node = &c->node[node_index];
    c->text.len = 0;
    joined->len = 0;
    for (uint32_t i = 0; i < node->n_mentions; i++)
        put_seen_line(c, &lines->line[i], c->mention[node->first_mention + i], node_index);
    if (c->text.failed)
        return;
    sort_and_join(joined, lines, node->n_mentions, c->text.bytes);
    if (!joined->failed)
        rdfc_digest(c, &node->first_degree, joined);
}

/* -- step 4: the nodes in the order of their hashes ---------------------------------------------------------------- */

bool rdfc_is_same(const struct rdfc *c, const struct rdfc_node *a, const struct rdfc_node *b)
{
    return memcmp(a->first_degree.b, b->first_degree.b, c->hash_len) == 0;
}

static bool hash_is_after(const void *a, const void *b, const void *c)
{
    const struct rdfc_node *a_node = a, *b_node = b;
    return memcmp(a_node->first_degree.b, b_node->first_degree.b, ((const struct rdfc *)c)->hash_len) > 0;
}

/* Issues the names of nodes whose hash is theirs alone; returns how many have not got one. */
static size_t issue_unique(struct rdfc *c, const void *const *order)
{
    size_t n_shared = 0;
    for (uint32_t i = 0, end; i < c->n_nodes; i = end) {
        const struct rdfc_node *node = order[i];
        for (end = i + 1; end < c->n_nodes && rdfc_is_same(c, order[end], node);)
            end++;
        if (end == i + 1)
            rdfc_issue(c, (uint32_t)(node - c->node));
        else
            n_shared += end - i;
    }
    return n_shared;
}

static enum badge_status name_nodes(struct rdfc *c, size_t max_deep, struct badge_rdfc_result *out)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < c->n_nodes; i++)
        most = c->node[i].n_mentions > most ? c->node[i].n_mentions : most;
    struct lines lines;
    struct rdf_out joined = {.arena = c->arena};
    const void **order = badge_arena_alloc(c->arena, 2 * (size_t)c->n_nodes * sizeof *order);
    if (!order || !make_lines(&lines, c->arena, most))
        return badge_no_memory(c->err);
    for (uint32_t i = 0; i < c->n_nodes; i++) {
        hash_first_degree(c, i, &lines, &joined);
        order[i] = &c->node[i];
    }
    if (c->text.failed || joined.failed)
        return badge_no_memory(c->err);
    rdf_sort(order, c->n_nodes, order + c->n_nodes, hash_is_after, c);
    out->n_not_unique = issue_unique(c, order);
    return out->n_not_unique == 0 ? BADGE_OK : rdfc_deep(c, order, max_deep, &out->n_deep);
}

/* -- the result ---------------------------------------------------------------------------------------------------- */

static enum badge_status put_map(struct rdfc *c, struct badge_rdfc_result *out)
{
    struct rdf_out names = {.arena = c->arena};
    if (c->n_nodes == 0)
        return BADGE_OK;
    out->map = badge_arena_alloc(c->arena, c->n_nodes * sizeof *out->map);
    if (!out->map || !rdf_out_grow(&names, c->n_nodes * (sizeof "c14n" + 10)))
        return badge_no_memory(c->err);
    for (uint32_t i = 0; i < c->n_issued; i++) {
        const size_t begin = names.len;
        RDF_PUT(&names, "c14n");
        rdfc_put_number(&names, i);
        out->map[i].label = c->node[c->issued[i]].label;
        out->map[i].canonical = (struct badge_text){names.bytes + begin, names.len - begin};
    }
    out->n_map = c->n_issued;
    return BADGE_OK;
}

static void put_named(const struct rdfc *c, struct rdf_out *out, const struct badge_rdf_term *term, uint32_t node)
{
    if (node == RDFC_NO_NODE) {
        rdf_put_term(out, term);
        return;
    }
    RDF_PUT(out, "_:c14n");
    rdfc_put_number(out, c->node[node].canonical - 1);
}

static enum badge_status put_quads(struct rdfc *c, struct badge_rdfc_result *out)
{
    static const struct rdfc_quad none = {RDFC_NO_NODE, RDFC_NO_NODE, RDFC_NO_NODE};
    const size_t n = c->dataset->n;
    struct lines lines;
    if (!make_lines(&lines, c->arena, n))
        return badge_no_memory(c->err);
    c->text.len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct badge_rdf_quad *quad = &c->dataset->quad[i];
        const struct rdfc_quad *nodes = c->n_nodes == 0 ? &none : &c->quad[i];
        struct line *line = &lines.line[i];
        *line = (struct line){.quad = quad, .begin = c->text.len};
        if (i > 0 && line[-1].quad->subject == quad->subject) {
            rdf_put(&c->text, c->text.bytes + line[-1].begin, line[-1].predicate);
        } else {
            put_named(c, &c->text, quad->subject, nodes->subject);
            RDF_PUT(&c->text, " ");
        }
        line->predicate = (uint32_t)(c->text.len - line->begin);
        rdf_put_term(&c->text, quad->predicate);
        RDF_PUT(&c->text, " ");
        line->object = (uint32_t)(c->text.len - line->begin);
        put_named(c, &c->text, quad->object, nodes->object);
        if (quad->graph) {
            RDF_PUT(&c->text, " ");
            put_named(c, &c->text, quad->graph, nodes->graph);
        }
        RDF_PUT(&c->text, " .\n");
        line->len = (uint32_t)(c->text.len - line->begin);
    }
    struct rdf_out joined = {.arena = c->arena};
    if (c->text.failed || !rdf_out_grow(&joined, c->text.len))
        return badge_no_memory(c->err);
    sort_and_join(&joined, &lines, n, c->text.bytes);
    out->nquads = (struct badge_text){joined.bytes, joined.len};
    return BADGE_OK;
}

enum badge_status badge_rdfc_canonicalize(struct badge_rdfc_result *out, struct badge_arena *arena,
                                          const struct badge_rdf_dataset *dataset, enum badge_rdfc_hash hash,
                                          size_t max_deep, struct badge_err *err)
{
    struct rdfc c = {.arena = arena, .err = err, .dataset = dataset, .hash = hash, .text = {.arena = arena}};
    c.hash_len = hash == BADGE_RDFC_SHA384 ? BADGE_SHA384_LEN : sizeof(struct badge_hash);
    *out = (struct badge_rdfc_result){.nquads = {"", 0}};
    if (dataset->n > RDF_MAX_QUADS)
        return badge_fail(err, BADGE_ELIMIT, BADGE_NO_OFFSET, "more quads than are read");
    if (dataset->n == 0)
        return BADGE_OK;
    enum badge_status status = BADGE_OK;
    if (count_blank(dataset) > 0) {
        status = find_nodes(&c);
        if (status == BADGE_OK)
            status = name_nodes(&c, max_deep == 0 ? BADGE_RDFC_MAX_DEEP : max_deep, out);
    }
    if (status == BADGE_OK)
        status = put_map(&c, out);
    return status == BADGE_OK ? put_quads(&c, out) : status;
}

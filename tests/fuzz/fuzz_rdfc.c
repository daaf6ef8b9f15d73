/*
 * RDFC-1.0 with small graphs of blank nodes that are hard to tell apart: three bytes are a quad. The canonical form
 * does not depend on the order of the quads nor on the labels of blank nodes.
 */
#include <stdlib.h>
#include <string.h>

#include "badge/jsonld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_QUADS 24
#define N_BLANK 8

static const struct badge_rdf_term iri[] = {
    {BADGE_RDF_IRI, {"urn:p", 5}, {"", 0}, {"", 0}},
    {BADGE_RDF_IRI, {"urn:q", 5}, {"", 0}, {"", 0}},
};

struct graph {
    struct badge_rdf_term blank[N_BLANK];
    struct badge_rdf_quad quad[MAX_QUADS];
    struct badge_rdf_dataset dataset;
};

static bool same(const struct badge_rdf_quad *a, const struct badge_rdf_quad *b)
{
    return a->subject == b->subject && a->predicate == b->predicate && a->object == b->object && a->graph == b->graph;
}

static void add(struct graph *graph, const struct badge_rdf_quad *quad)
{
    for (size_t i = 0; i < graph->dataset.n; i++)
        if (same(&graph->quad[i], quad))
            return;
    graph->quad[graph->dataset.n++] = *quad;
}

/* labels: a letter for each blank node; of the quads the first is the last where it is reversed. */
static void build(struct graph *graph, const char *labels, const uint8_t *data, size_t n, bool reversed)
{
    memset(graph, 0, sizeof *graph);
    for (size_t i = 0; i < N_BLANK; i++)
        graph->blank[i] = (struct badge_rdf_term){BADGE_RDF_BLANK, {&labels[i], 1}, {"", 0}, {"", 0}};
    for (size_t i = 0; i < n; i++) {
        const uint8_t *b = data + 3 * (reversed ? n - 1 - i : i);
        struct badge_rdf_quad quad = {
            .subject = b[0] & 0x80 ? &iri[b[0] & 1] : &graph->blank[b[0] % N_BLANK],
            .predicate = &iri[b[1] & 1],
            .object = b[1] & 0x80 ? &iri[b[1] >> 1 & 1] : &graph->blank[(b[1] >> 1) % N_BLANK],
            .graph = b[2] & 0x80 ? (b[2] & 0x40 ? &iri[b[2] & 1] : &graph->blank[b[2] % N_BLANK]) : NULL,
        };
        add(graph, &quad);
    }
    graph->dataset.quad = graph->quad;
    graph->dataset.capacity = MAX_QUADS;
}

static bool has_named_graph(const struct badge_rdf_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n; i++)
        if (dataset->quad[i].graph)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct graph graph, other;
    struct badge_rdfc_result result, otherwise;
    struct badge_arena arena;
    size_t n = size / 3 < MAX_QUADS ? size / 3 : MAX_QUADS;
    badge_arena_init(&arena, (size_t)64 << 20);

    build(&graph, "abcdefgh", data, n, false);
    build(&other, "qmzxfkcj", data, n, true);
    enum badge_status status = badge_rdfc_canonicalize(&result, &arena, &graph.dataset, BADGE_RDFC_SHA256, 512, NULL);
    enum badge_status again = badge_rdfc_canonicalize(&otherwise, &arena, &other.dataset, BADGE_RDFC_SHA256, 512, NULL);
    BADGE_ASSERT(status == BADGE_OK || status == BADGE_ELIMIT);
    BADGE_ASSERT(again == BADGE_OK || again == BADGE_ELIMIT);
    if (status == BADGE_OK && again == BADGE_OK && !has_named_graph(&graph.dataset))
        BADGE_ASSERT(
            result.nquads.len == otherwise.nquads.len &&
            (result.nquads.len == 0 || memcmp(result.nquads.bytes, otherwise.nquads.bytes, result.nquads.len) == 0));
    badge_arena_release(&arena);
    return 0;
}

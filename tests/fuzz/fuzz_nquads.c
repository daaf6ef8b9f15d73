/*
 * N-Quads and RDFC-1.0 with any bytes. A dataset that was read is written and read again as the same quads. Its
 * canonical form is that of N-Quads, and its own canonical form.
 */
#include <string.h>

#include "badge/jsonld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_DEEP 64

static bool equal(struct badge_text a, struct badge_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

static bool has_named_graph(const struct badge_rdf_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n; i++)
        if (dataset->quad[i].graph)
            return true;
    return false;
}

static void check_canonical(struct badge_arena *arena, const struct badge_rdf_dataset *dataset,
                            enum badge_rdfc_hash hash)
{
    struct badge_rdfc_result result, twice;
    struct badge_rdf_dataset again;
    struct badge_text written;
    if (badge_rdfc_canonicalize(&result, arena, dataset, hash, MAX_DEEP, NULL) != BADGE_OK)
        return;
    BADGE_ASSERT(result.n_deep <= MAX_DEEP);
    BADGE_ASSERT(badge_nquads_parse(&again, arena, result.nquads.bytes, result.nquads.len, NULL) == BADGE_OK);
    BADGE_ASSERT(again.n == dataset->n);
    BADGE_ASSERT(badge_nquads_write(&written, arena, &again, NULL) == BADGE_OK && equal(written, result.nquads));
    /* The work depends on the labels of the input, and so does the form itself in some named graphs: fuzz_rdfc.c. */
    enum badge_status status = badge_rdfc_canonicalize(&twice, arena, &again, hash, MAX_DEEP, NULL);
    BADGE_ASSERT(status == BADGE_ELIMIT || status == BADGE_OK);
    BADGE_ASSERT(status != BADGE_OK || (has_named_graph(dataset) && result.n_deep > 0) ||
                 equal(twice.nquads, result.nquads));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct badge_arena arena;
    struct badge_rdf_dataset dataset, again;
    struct badge_text first, second;
    struct badge_err err;
    badge_arena_init(&arena, (size_t)64 << 20);

    enum badge_status status = badge_nquads_parse(&dataset, &arena, size ? (const char *)data : "", size, &err);
    if (status != BADGE_OK) {
        BADGE_ASSERT(err.status == status);
        BADGE_ASSERT((status != BADGE_ESYNTAX && status != BADGE_EUTF8) || err.offset <= size);
    } else {
        BADGE_ASSERT(badge_nquads_write(&first, &arena, &dataset, NULL) == BADGE_OK);
        BADGE_ASSERT(badge_nquads_parse(&again, &arena, first.bytes, first.len, NULL) == BADGE_OK);
        BADGE_ASSERT(again.n == dataset.n);
        BADGE_ASSERT(badge_nquads_write(&second, &arena, &again, NULL) == BADGE_OK && equal(first, second));
        check_canonical(&arena, &dataset, size % 2 ? BADGE_RDFC_SHA256 : BADGE_RDFC_SHA384);
    }
    badge_arena_release(&arena);
    return 0;
}

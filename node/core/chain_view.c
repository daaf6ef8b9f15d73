/*
 * Merges the views of several providers, two at a time. The verifier calls it once all have answered.
 *
 * Invariant: a fact that was unknown never becomes known here, and no single provider can make an anchor final or a
 * credential revoked.
 */
#include "core/chain_view.h"

#include <string.h>

#include "core/format.h"

void core_fact_set_unknown(struct badge_fact *fact, const char *who, const char *text)
{
    fact->known = false;
    (void)core_format(fact->why, sizeof fact->why, "%.*s: %.*s", 60, who, 96, text);
}

void badge_chain_view_unknown(struct badge_chain_view *out, const char *why)
{
    memset(out, 0, sizeof *out);
    (void)core_format(out->chain.why, sizeof out->chain.why, "%s", why);
    out->code = out->anchor_final.fact = out->anchor_latest.fact = out->withdrawn = out->revoked = out->chain;
    for (size_t i = 0; i < BADGE_MAX_ACCREDITORS; i++)
        out->accreditation[i].fact = out->chain;
}

static void merge_fact(struct badge_fact *merged, const struct badge_fact *theirs, bool equal, const char *name)
{
    if (!merged->known)
        return;
    if (!theirs->known)
        *merged = *theirs;
    else if (!equal)
        core_fact_set_unknown(merged, name, "it contradicts another provider, so neither answer is used");
}

static bool same_anchor(const struct badge_anchor_fact *a, const struct badge_anchor_fact *b)
{
    return a->sequence == b->sequence && a->tree_size == b->tree_size && a->time_s == b->time_s &&
           a->block_number == b->block_number;
}

/* Whether `behind`, read at that height, can't have the anchor that `ahead` has, because a later block recorded it. */
static bool not_yet(const struct badge_anchor_fact *behind, uint64_t height, const struct badge_anchor_fact *ahead)
{
    return behind->tree_size == 0 && ahead->tree_size != 0 && height < ahead->block_number;
}

/* present: if views differ only because one is some blocks behind, keep the one with the anchor; else the other. */
static void merge_anchor(struct badge_anchor_fact *all, uint64_t *all_height, const struct badge_anchor_fact *one,
                         uint64_t one_height, bool present, const char *name)
{
    bool one_behind = not_yet(one, one_height, all), all_behind = not_yet(all, *all_height, one);
    bool apart = one_behind || all_behind;
    merge_fact(&all->fact, &one->fact, apart || same_anchor(all, one), name);
    if (!all->fact.known)
        return;
    if (apart && one_behind != present) {
        *all = *one;
        *all_height = one_height;
    } else if (!apart && *all_height < one_height) {
        *all_height = one_height; /* of two without a record, the newer says more */
    }
}

void badge_chain_view_merge(struct badge_chain_view *all, const struct badge_chain_view *one, size_t n_accreditors,
                            const char *name)
{
    merge_fact(&all->chain, &one->chain, all->chain_id == one->chain_id, name);
    merge_fact(&all->code, &one->code, badge_hash_compare(&all->code_hash, &one->code_hash) == 0, name);
    merge_anchor(&all->anchor_final, &all->final_height, &one->anchor_final, one->final_height, false, name);
    merge_anchor(&all->anchor_latest, &all->latest_height, &one->anchor_latest, one->latest_height, true, name);
    merge_fact(&all->withdrawn, &one->withdrawn, all->withdrawn_time_s == one->withdrawn_time_s, name);
    merge_fact(&all->revoked, &one->revoked, all->revoked_time_s == one->revoked_time_s, name);
    if (!all->has_revoked_by && one->has_revoked_by) {
        all->has_revoked_by = true;
        all->revoked_by = one->revoked_by;
    }
    for (size_t i = 0; i < n_accreditors; i++) {
        struct badge_accreditation *a = &all->accreditation[i];
        const struct badge_accreditation *b = &one->accreditation[i];
        merge_fact(&a->fact, &b->fact, a->since_s == b->since_s && a->until_s == b->until_s, name);
    }
}

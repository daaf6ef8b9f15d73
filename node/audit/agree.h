/*
 * What several providers agree on.
 */
#ifndef AUDIT_AGREE_H
#define AUDIT_AGREE_H

#include "audit/probe.h"

/*
 * Lets into `all` only what `one` says too: a fact that differs, or that either does not know, is not known any more.
 *
 * Honest providers are some blocks apart. That one has no record of an anchor yet, in a block older than the one which
 * the other found it recorded in, is no contradiction: the anchor is then final only where both say so, and there at
 * the latest block if one says so, which makes it pending.
 */
void agree(struct probe_answer *all, const struct probe_answer *one, size_t n_accreditors, const char *name);

#endif

/*
 * What an audit has verified, on disk, so that an interrupted audit continues. Lines of text, appended during the work:
 * the first names the registry, each of the others a batch whose leaves matched its root:
 *
 *   badge-audit 1 CHAIN-ID CONTRACT ISSUER
 *   ROOT TREE-SIZE SOURCE
 *
 * Its lines are trusted like the auditor's own checks, so a file that others may write is refused.
 */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include "audit/reconciliation.h"

struct checkpoint; /* NULL: nothing is kept */

/*
 * Creates the file if it is missing.
 * errors    BADGE_ESYNTAX (not a checkpoint, or that of another audit; others may write it; can't be read or written),
 * BADGE_ENOMEM
 */
enum badge_status checkpoint_open(struct checkpoint **out, const char *path,
                                  const struct reconciliation *reconciliation, struct badge_err *err) BADGE_CHECKED;
bool checkpoint_has(const struct checkpoint *checkpoint, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy);
/* A write error here is ignored: it costs only the time to verify the batch again. */
void checkpoint_add(struct checkpoint *checkpoint, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy);
void checkpoint_close(struct checkpoint *checkpoint);

#endif

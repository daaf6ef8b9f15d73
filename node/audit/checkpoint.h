/*
 * What an audit has verified, on disk, so that one that was cut off goes on where it was. Lines of text, appended as
 * the work goes on; the first names the registry, each of the others a batch whose leaves gave its root:
 *
 *   badge-audit 1 CHAIN-ID CONTRACT ISSUER
 *   ROOT TREE-SIZE SOURCE
 *
 * It is believed as what the auditor has seen himself: so a file that others may write is refused.
 */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include "audit/reconciliation.h"

struct audit_state; /* NULL is one that remembers nothing */

/*
 * Makes the file if it is not there.
 * errors    BADGE_ESYNTAX (it is the state of another audit, or none, or not its user's alone, or can't be read or
 * written), BADGE_ENOMEM
 */
enum badge_status checkpoint_open(struct audit_state **out, const char *path,
                                  const struct reconciliation *reconciliation, struct badge_err *err) BADGE_CHECKED;
bool checkpoint_has(const struct audit_state *state, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy);
/* A disk that fails here costs no more than the time to verify again. */
void checkpoint_add(struct audit_state *state, const struct reconciliation *reconciliation,
                    const struct reconciliation_copy *copy);
void checkpoint_close(struct audit_state *state);

#endif

/*
 * Accreditations in the registry, as commands read and show them.
 */
#ifndef CLI_SUPPORT_ACCREDITATION_H
#define CLI_SUPPORT_ACCREDITATION_H

#include "badge/registry.h"
#include "cli/support/chain.h"

/* Seconds since 1970, as in the contract: since_s 0: not accredited; until_s 0: no end. */
struct period {
    uint64_t since_s, until_s;
};
#define ALWAYS_SINCE_S 1 /* before any anchor */

/* "accredited always", "accredited from … until …", "not accredited" */
#define PERIOD_LEN 80
const char *period_text(char out[PERIOD_LEN], const struct period *period);
bool period_has(const struct period *period, int64_t time_s);

/*
 * The period for which accreditor has stated that issuer acts for the credential issuer with this id.
 * errors    BADGE_EIO, BADGE_EREFUSED (a time that can't be shown)
 */
enum badge_status accreditation_read(struct chain *chain, const struct badge_address *accreditor,
                                     const struct badge_address *issuer, const char *id, struct period *out,
                                     struct badge_err *err) BADGE_CHECKED;
/* The call that states it, for signer_change(). */
size_t accreditation_call(uint8_t call[BADGE_CALL_MAX_LEN], const struct badge_address *issuer, const char *id,
                          const struct period *period);

#endif

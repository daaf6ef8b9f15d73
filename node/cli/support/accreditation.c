/*
 * Reads accreditations from the registry. For accredit, init and doctor.
 */
#include "cli/support/accreditation.h"

#include <stdio.h>
#include <string.h>

const char *period_text(char out[PERIOD_LEN], const struct period *period)
{
    char since[BADGE_TIME_LEN + 1], until[BADGE_TIME_LEN + 1];
    badge_time_format(since, (int64_t)period->since_s);
    badge_time_format(until, (int64_t)period->until_s);
    if (period->since_s == 0)
        (void)snprintf(out, PERIOD_LEN, "not accredited");
    else if (period->since_s == ALWAYS_SINCE_S)
        (void)snprintf(out, PERIOD_LEN, "accredited %s%s", period->until_s ? "until " : "always",
                       period->until_s ? until : "");
    else
        (void)snprintf(out, PERIOD_LEN, "accredited from %s%s%s", since, period->until_s ? " until " : "",
                       period->until_s ? until : "");
    return out;
}

bool period_has(const struct period *period, int64_t time_s)
{
    return period->since_s != 0 && (uint64_t)time_s >= period->since_s &&
           (period->until_s == 0 || (uint64_t)time_s < period->until_s);
}

enum badge_status accreditation_read(struct chain *chain, const struct badge_address *accreditor,
                                     const struct badge_address *issuer, const char *id, struct period *out,
                                     struct badge_err *err)
{
    uint8_t call[BADGE_CALL_MAX_LEN];
    uint64_t word[2];
    struct badge_hash subject;
    badge_keccak256(&subject, id, strlen(id));
    size_t len = badge_call_accredited_by(call, accreditor, issuer, &subject);
    enum badge_status status = chain_query(chain, call, len, word, 2, err);
    if (status != BADGE_OK)
        return status;
    if (word[0] > INT64_MAX || word[1] > INT64_MAX)
        return badge_fail(err, BADGE_EREFUSED, BADGE_NO_OFFSET,
                          "a time beyond what this program can show stands there");
    *out = (struct period){word[0], word[1]};
    return BADGE_OK;
}

size_t accreditation_call(uint8_t call[BADGE_CALL_MAX_LEN], const struct badge_address *issuer, const char *id,
                          const struct period *period)
{
    struct badge_hash subject;
    badge_keccak256(&subject, id, strlen(id));
    return badge_call_accredit(call, issuer, &subject, period->since_s, period->until_s);
}

/*
 * The names of statuses, as reports, problem types and logs contain them. A name never changes once released; a new
 * status adds one.
 */
#include "badge/status.h"
#include "core/compiler.h"

static const char *const name[] = {
    [-BADGE_OK] = "ok",
    [-BADGE_ENOMEM] = "no_memory",
    [-BADGE_ELIMIT] = "limit",
    [-BADGE_ESYNTAX] = "syntax",
    [-BADGE_EUTF8] = "utf8",
    [-BADGE_EDUPLICATE] = "duplicate",
    [-BADGE_ENUMBER] = "number",
    [-BADGE_EDEPTH] = "depth",
    [-BADGE_ETYPE] = "type",
    [-BADGE_EUNSUPPORTED] = "unsupported",
    [-BADGE_EORDER] = "order",
    [-BADGE_EMISMATCH] = "mismatch",
    [-BADGE_EPASSPHRASE] = "passphrase",
    [-BADGE_ENOTFOUND] = "not_found",
    [-BADGE_EIO] = "io",
    [-BADGE_ECORRUPT] = "corrupt",
    [-BADGE_EREFUSED] = "refused",
    [-BADGE_EIMAGE] = "image",
};

const char *badge_status_name(enum badge_status status)
{
    unsigned i = 0u - (unsigned)status;
    return i < ARRAY_LEN(name) && name[i] ? name[i] : "unknown";
}

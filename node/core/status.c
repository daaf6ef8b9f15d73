/*
 * The names of statuses, and the text of an error. Invariant: an error's text is formatted and cut by core/format.c, so
 * it is fit for a terminal and a log.
 */
#include "badge/status.h"

#include "core/compiler.h"
#include "core/format.h"

/* As reports, problem types and logs contain them: a name never changes once released. */
static const char *const status_name[] = {
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
    return i < ARRAY_LEN(status_name) && status_name[i] ? status_name[i] : "unknown";
}

enum badge_status badge_fail(struct badge_err *err, enum badge_status status, size_t offset, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        err->offset = offset;
        core_vformat(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}

/*
 * The names of statuses, as reports, problem types and logs contain them. A name never changes once released; a new
 * status adds one.
 */
#include "badge/status.h"

const char *badge_status_name(enum badge_status status)
{
    switch (status) {
    case BADGE_OK:
        return "ok";
    case BADGE_ENOMEM:
        return "no_memory";
    case BADGE_ELIMIT:
        return "limit";
    case BADGE_ESYNTAX:
        return "syntax";
    case BADGE_EUTF8:
        return "utf8";
    case BADGE_EDUPLICATE:
        return "duplicate";
    case BADGE_ENUMBER:
        return "number";
    case BADGE_EDEPTH:
        return "depth";
    case BADGE_ETYPE:
        return "type";
    case BADGE_EUNSUPPORTED:
        return "unsupported";
    case BADGE_EORDER:
        return "order";
    case BADGE_EMISMATCH:
        return "mismatch";
    case BADGE_EPASSPHRASE:
        return "passphrase";
    case BADGE_ENOTFOUND:
        return "not_found";
    case BADGE_EIO:
        return "io";
    case BADGE_ECORRUPT:
        return "corrupt";
    case BADGE_EREFUSED:
        return "refused";
    case BADGE_EIMAGE:
        return "image";
    }
    return "unknown";
}

/*
 * What status.c needs of a verification that is open, and gives back to it.
 */
#ifndef WEB_STATUS_H
#define WEB_STATUS_H

#include "badge/evidence.h"

struct web_session {
    struct badge_evidence *evidence;
    const struct badge_policy *policy;
    const struct badge_digester *digester;   /* that has read the document; NULL: it has no digest, or there is none */
    const struct badge_json_value *contexts; /* as for web_proof_open() */
};
/* After verify_document(), and before the report; else it is a trap. */
struct web_session web_concluded_session(void);

#endif

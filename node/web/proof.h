/*
 * The inquiry into the issuer's own signature (badge/proof.h), as verify.c opens and ends it; its requests are answered
 * through the exports of web/badge.h.
 */
#ifndef WEB_PROOF_H
#define WEB_PROOF_H

#include "badge/proof.h"

/*
 * Opens the inquiry into a document that has a digest; borrows the digester until web_proof_end().
 * contexts   {URL: text}, JSON-LD contexts beside the built-in ones; NULL: none
 * errors     BADGE_ETYPE: of the contexts; BADGE_ENOMEM
 */
enum badge_status web_proof_open(const struct badge_digester *digester, int64_t now_s,
                                 const struct badge_json_value *contexts, struct badge_err *err) BADGE_CHECKED;
/* What was found; all zero if no inquiry was opened. */
void web_proof_end(struct badge_proof_view *out);

#endif

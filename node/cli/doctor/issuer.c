/*
 * Checks of the issuer: by what a stranger finds that the account on the chain is that of the id in a badge, and what
 * of it does not need the issuer's domain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "badge/did.h"
#include "cli/doctor/doctor.h"
#include "cli/support/accreditation.h"
#include "core/format.h"

#define ENDS_SOON_S (30 * 24 * 3600)

struct binding {
    const char *id;
    bool is_known; /* the accreditors could be asked */
    bool is_accredited;
    bool has_document; /* a did:web whose document names the account */
};

/* -- accreditation ------------------------------------------------------------------------------------------------- */

static enum badge_status find_accreditation(struct doctor *doctor, const char *id, struct badge_address *by,
                                            struct period *period, struct badge_err *err)
{
    const struct config_list *named = &doctor->cli->accreditor;
    const struct badge_address *issuer = &doctor->settings.chain_issuer.address;
    enum badge_status status = BADGE_OK;
    *by = *issuer;
    if (!named->n)
        return accreditation_read(&doctor->chain, issuer, issuer, id, period, err);
    for (size_t i = 0; status == BADGE_OK && i < named->n && !period_has(period, time(NULL)); i++) {
        status = badge_address_parse(by, named->item[i], strlen(named->item[i]));
        if (status != BADGE_OK)
            return badge_fail(err, BADGE_ESYNTAX, BADGE_NO_OFFSET, "--accreditor: %s is not an account",
                              named->item[i]);
        status = accreditation_read(&doctor->chain, by, issuer, id, period, err);
    }
    return status;
}

static void check_accreditation(struct doctor *doctor, struct binding *binding)
{
    struct period period = {0};
    struct badge_address by;
    struct badge_err err = {0};
    char text[PERIOD_LEN];
    struct account_text issuer = core_account_text(&doctor->settings.chain_issuer.address);
    if (find_accreditation(doctor, binding->id, &by, &period, &err) != BADGE_OK) {
        doctor_find_failure(doctor, "issuer", &err);
        return;
    }
    binding->is_known = true;
    binding->is_accredited = period_has(&period, time(NULL));
    doctor_find(
        doctor, "issuer", binding->is_accredited ? DOCTOR_GOOD : DOCTOR_BAD,
        "%s is %s for %s by %s; verifiers who trust that account find it bound, and so do those who name the pair "
        "--issuer %s=%s",
        issuer.s, period_text(text, &period), binding->id, core_account_text(&by).s, binding->id, issuer.s);
    if (!binding->is_accredited)
        doctor_do(doctor, "With the accreditor's key: badge accredit %s --subject %s --rpc URL --keystore FILE",
                  issuer.s, binding->id);
    else if (period.until_s != 0 && (int64_t)period.until_s - time(NULL) < ENDS_SOON_S)
        doctor_do(doctor, "It ends soon: renew it with badge accredit %s --subject %s", issuer.s, binding->id);
}

/* -- DID documents ------------------------------------------------------------------------------------------------- */

/* NULL: the document names the account; else what is wrong with it. */
static const char *wrong_document(struct doctor *doctor, struct binding *binding, const struct net_response *response,
                                  const char *body)
{
    struct badge_err err = {0};
    if (response->http_status == 401 || response->http_status == 403)
        return "may not be read by everybody";
    if (response->http_status != 200)
        return response->http_status >= 300 && response->http_status < 400
                   ? "is a redirect, which verifiers do not follow"
                   : "is not there";
    if (badge_did_document_names(&binding->has_document, (struct badge_text){binding->id, strlen(binding->id)}, body,
                                 response->body_len, doctor->settings.chain_id, &doctor->settings.chain_issuer.address,
                                 &err) != BADGE_OK)
        return "is not a DID document of this id";
    return binding->has_document ? NULL : "does not name the issuer's account in assertionMethod";
}

static void check_document(struct doctor *doctor, struct binding *binding)
{
    struct net_response response;
    char url[BADGE_DID_URL_LEN], *body;
    const char *wrong;
    if (!badge_did_web_url(url, (struct badge_text){binding->id, strlen(binding->id)}))
        return;
    doctor_get(doctor, url, &response, &body);
    if (response.status != BADGE_OK) {
        doctor_find(doctor, "did_document", DOCTOR_BAD, "%s can't be fetched: %s", url, response.err.text);
        doctor_do(doctor, "Publish did.json, which badge init has made, as %s", url);
    } else if ((wrong = wrong_document(doctor, binding, &response, body))) {
        doctor_find(doctor, "did_document", DOCTOR_BAD, "%s %s (HTTP %ld)", url, wrong, response.http_status);
        doctor_do(doctor, "Publish did.json, which badge init has made, as %s; it has to name eip155:%llu:%s", url,
                  (unsigned long long)doctor->settings.chain_id,
                  core_account_text(&doctor->settings.chain_issuer.address).s);
    } else if (!response.allows_origin) {
        doctor_find(doctor, "did_document", DOCTOR_BAD, "%s names the account, but browsers may not read it (CORS)",
                    url);
        doctor_do(doctor, "Send Access-Control-Allow-Origin: * with it");
    } else {
        doctor_find(doctor, "did_document", DOCTOR_GOOD, "%s names the account, and browsers may read it", url);
    }
    free(body);
}

/* -- without the domain -------------------------------------------------------------------------------------------- */

static void check_without_domain(struct doctor *doctor, const struct binding *binding, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (binding[i].is_accredited)
            continue;
        doctor_find(
            doctor, "without_domain", binding[i].is_known ? DOCTOR_BAD : DOCTOR_UNKNOWN,
            "When the issuer's domain is gone, nothing but a pair that a verifier has kept binds %s to its account",
            binding[i].id);
        doctor_do(doctor, "Accredit the account for it: an accreditation is on the chain");
        return;
    }
    doctor_find(
        doctor, "without_domain", DOCTOR_GOOD,
        "When the domain and the node are gone, a badge with its receipt (a bundle, a baked image) stays valid for "
        "all who trust the accreditor or the pair; links, DID documents and new receipts end");
    doctor_do(doctor,
              "Give holders files or links with the badge inside, and keep backups and a mirror (badge mirror)");
}

void doctor_check_issuer(struct doctor *doctor)
{
    const struct config_list *ids = &doctor->settings.intake_issuers;
    struct binding *binding = calloc(ids->n + 1, sizeof *binding);
    if (!binding)
        return;
    for (size_t i = 0; i < ids->n; i++) {
        binding[i].id = ids->item[i];
        if (!doctor->has_chain)
            (void)doctor_lacks_chain(doctor, "issuer");
        else
            check_accreditation(doctor, &binding[i]);
        check_document(doctor, &binding[i]);
    }
    if (ids->n) {
        check_without_domain(doctor, binding, ids->n);
    } else {
        doctor_find(doctor, "issuer", DOCTOR_UNKNOWN,
                    "intake.issuers is empty: for which ids the node records is not known");
        doctor_do(doctor, "Name the ids of the issuer in intake.issuers: the node then refuses the badges of others");
    }
    free(binding);
}

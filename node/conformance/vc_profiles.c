/*
 * What Europass and Blockcerts require beyond the VC data model: members of the credential itself. The terms of the
 * European Learning Model within the subject are not checked.
 */
#include "badge/text.h"
#include "conformance/model.h"
#include "conformance/profile.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"

struct profile {
    struct findings *findings;
    const char *source;
};

static void say(const struct profile *p, const char *code, const struct step *at, const char *detail)
{
    finding_add(p->findings, true, code, at, p->source, detail);
}

static void require(const struct profile *p, const struct step *up, const struct badge_json_value *object,
                    const char *what, const char *name)
{
    struct step at = step_to_member(up, name);
    struct badge_err err;
    (void)badge_fail(&err, BADGE_OK, 0, "%s needs the member \"%s\"", what, name);
    if (!reading_member(object, name))
        say(p, "missing", &at, err.text);
}

void europass_check(struct findings *findings, const struct badge_json_value *credential)
{
    static const char *const names[] = {"id",     "credentialProfiles", "displayParameter",
                                        "issued", "validFrom",          "credentialSchema"};
    const struct profile p = {findings, "European Digital Credentials, application profile, EuropeanDigitalCredential"};
    const struct badge_json_value *display = reading_member(credential, "displayParameter"),
                                  *issued = reading_member(credential, "issued");
    struct step display_at = step_to_member(NULL, "displayParameter"), issued_at = step_to_member(NULL, "issued");
    struct badge_text text;
    struct badge_date date;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        require(&p, NULL, credential, "a European Digital Credential", names[i]);
    if (display && !badge_json_is(display, BADGE_JSON_OBJECT))
        say(&p, "wrong_type", &display_at, "this must be an object of the class DisplayParameter");
    if (issued && !(badge_json_string(issued, &text) && badge_date_parse(&date, text.bytes, text.len) == BADGE_OK &&
                    date.is_standard))
        say(&p, "date_not_standard", &issued_at, "this must be a date, a time and a zone, as 2026-01-31T12:00:00Z");
}

static void check_display(const struct profile *p, const struct badge_json_value *credential)
{
    const struct badge_json_value *display = reading_member(credential, "display");
    struct step at = step_to_member(NULL, "display"), encoding = step_to_member(&at, "contentEncoding");
    struct badge_text type;
    if (!display)
        return;
    if (!badge_json_is(display, BADGE_JSON_OBJECT)) {
        say(p, "wrong_type", &at, "this must be an object with \"contentMediaType\" and \"content\"");
        return;
    }
    require(p, &at, display, "display", "contentMediaType");
    require(p, &at, display, "display", "content");
    if (badge_json_string(reading_member(display, "contentMediaType"), &type) && !core_text_skip(&type, "text/") &&
        !badge_json_equals(badge_json_member(display, "contentEncoding"), "base64"))
        say(p, reading_member(display, "contentEncoding") ? "wrong_value" : "missing", &encoding,
            "content that is not a text needs \"contentEncoding\": \"base64\"");
}

void blockcerts_check(struct findings *findings, const struct badge_json_value *credential)
{
    static const char *const of_proof[] = {"created", "proofPurpose", "proofValue", "verificationMethod"};
    const struct profile p = {findings, "Blockcerts 3, schema of the credential"};
    const struct badge_json_value *metadata = reading_member(credential, "metadata"),
                                  *proof = reading_member(credential, "proof");
    struct step type = step_to_member(NULL, "type"), metadata_at = step_to_member(NULL, "metadata"),
                proof_at = step_to_member(NULL, "proof");
    require(&p, NULL, credential, "a Blockcerts credential", "id");
    if (reading_member(credential, "type") && !reading_has_type(credential, "BlockcertsCredential"))
        say(&p, "missing_item", &type, "the type must include \"BlockcertsCredential\"");
    check_display(&p, credential);
    if (metadata && !badge_json_is(metadata, BADGE_JSON_STRING))
        say(&p, "wrong_type", &metadata_at, "this must be a text with JSON in it");
    for (size_t i = 0; reading_has_type(proof, "MerkleProof2019") && i < ARRAY_LEN(of_proof); i++)
        require(&p, &proof_at, proof, "MerkleProof2019", of_proof[i]);
}

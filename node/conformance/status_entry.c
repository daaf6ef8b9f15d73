/*
 * The rules of `credentialStatus`, by the texts of Bitstring Status List 1.0, StatusList2021, RevocationList2020 and
 * 1EdTech's revocation lists.
 */
#include <string.h>

#include "badge/text.h"
#include "conformance/model.h"
#include "conformance/profile.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"

static const struct kind {
    const char *type, *source, *list, *index;
    bool has_purpose, has_size;
} kinds[] = {
    {"BitstringStatusListEntry", "Bitstring Status List 1.0, section 2.1", "statusListCredential", "statusListIndex",
     true, true},
    {"StatusList2021Entry", "StatusList2021, section 4.1", "statusListCredential", "statusListIndex", true, false},
    {"RevocationList2020Status", "RevocationList2020, section 3.1", "revocationListCredential", "revocationListIndex",
     false, false},
};

struct entry {
    const struct model *m;
    const struct kind *kind;
    const struct step *at;
    const struct badge_json_value *object;
};

static void say(const struct entry *e, const char *code, const struct step *at, const char *detail)
{
    finding_add(e->m->findings, true, code, at, e->kind->source, detail);
}

/* The member, which must be a text; NULL: it is not, which is said. */
static bool take_text(const struct entry *e, const struct step *at, const char *name, struct badge_text *out)
{
    const struct badge_json_value *value = model_member(e->object, name);
    struct badge_err err;
    if (badge_json_string(value, out))
        return true;
    if (!value)
        (void)badge_fail(&err, BADGE_OK, 0, "%s needs the member \"%s\"", e->kind->type, name);
    else
        (void)badge_fail(&err, BADGE_OK, 0, "this must be a text: \"%s\": \"…\"", name);
    say(e, value ? "wrong_type" : "missing", at, err.text);
    return false;
}

static void check_index(const struct entry *e)
{
    struct step at = step_to_member(e->at, e->kind->index);
    struct badge_text text;
    if (!take_text(e, &at, e->kind->index, &text))
        return;
    bool is_number = text.len > 0 && (text.len == 1 || text.bytes[0] != '0');
    for (size_t i = 0; i < text.len; i++)
        is_number = is_number && text.bytes[i] >= '0' && text.bytes[i] <= '9';
    if (!is_number)
        say(e, "wrong_value", &at, "the index must be a whole number in decimal digits, as a text: \"94567\"");
}

static void check_list(const struct entry *e)
{
    struct step at = step_to_member(e->at, e->kind->list), id_at = step_to_member(e->at, "id");
    struct badge_text text, id;
    if (!take_text(e, &at, e->kind->list, &text))
        return;
    if (!text_is_url(text))
        say(e, "not_a_url", &at, "this must be the URL of the status list's credential");
    const struct badge_json_value *value = model_member(e->object, "id");
    if (badge_json_string(value, &id) && core_text_equal(id, text))
        say(e, "wrong_value", &id_at,
            "the id of an entry must not be the URL of its list: add a fragment, or leave it out");
    else if (value && !(badge_json_string(value, &id) && text_is_url(id)))
        say(e, "not_a_url", &id_at, "the id of an entry must be a URL");
}

static void check_messages(const struct entry *e, int64_t size, bool is_required)
{
    const struct badge_json_value *messages = model_member(e->object, "statusMessage");
    struct step at = step_to_member(e->at, "statusMessage");
    size_t n = badge_json_is(messages, BADGE_JSON_ARRAY) ? badge_json_count(messages) : 0;
    struct badge_err err;
    if (!messages && is_required)
        say(e, "missing", &at,
            "an entry with the purpose \"message\", or of more than one bit, needs \"statusMessage\"");
    else if (messages && !badge_json_is(messages, BADGE_JSON_ARRAY))
        say(e, "wrong_type", &at, "this must be a list of objects with \"status\" and \"message\"");
    else if (messages && size >= 1 && size <= 16 && n != (size_t)1 << size) {
        (void)badge_fail(&err, BADGE_OK, 0, "a status of this size has %zu values, and this list has %zu",
                         (size_t)1 << size, n);
        say(e, "missing_item", &at, err.text);
    }
    for (size_t i = 0; i < n; i++) {
        const struct badge_json_value *one = badge_json_at(messages, i, NULL);
        struct step item = step_to_item(&at, i);
        struct badge_text status;
        if (!badge_json_string(model_member(one, "status"), &status) || !core_text_skip(&status, "0x") ||
            !badge_json_is(model_member(one, "message"), BADGE_JSON_STRING))
            say(e, "wrong_value", &item, "this must be an object such as {\"status\": \"0x1\", \"message\": \"…\"}");
    }
}

static void check_size(const struct entry *e, struct badge_text purpose)
{
    const struct badge_json_value *value = model_member(e->object, "statusSize");
    struct step at = step_to_member(e->at, "statusSize");
    int64_t size = 1;
    if (value && !(badge_json_integer(value, &size) && size > 0)) {
        say(e, "wrong_value", &at, "the size must be the number of bits, a whole number above 0");
        return;
    }
    check_messages(e, size, size > 1 || core_text_is(purpose, "message"));
}

static void check_entry(const struct entry *e)
{
    struct step at = step_to_member(e->at, "statusPurpose");
    struct badge_text purpose = {"", 0};
    if (e->kind->has_purpose)
        (void)take_text(e, &at, "statusPurpose", &purpose);
    check_index(e);
    check_list(e);
    if (e->kind->has_size)
        check_size(e, purpose);
}

static void check_1edtech(const struct model *m, const struct step *up, const struct badge_json_value *object)
{
    static const struct kind kind = {.type = "1EdTechRevocationList",
                                     .source = "1EdTech Revocation List Status Method"};
    const struct entry e = {m, &kind, up, object};
    struct step at = step_to_member(up, "id");
    struct badge_text id;
    if (take_text(&e, &at, "id", &id) && !text_is_url(id))
        say(&e, "not_a_url", &at, "this must be the URL of the revocation list");
}

void status_entries_check(const struct model *m)
{
    const struct badge_json_value *value = model_member(m->credential, "credentialStatus");
    bool is_list = badge_json_is(value, BADGE_JSON_ARRAY);
    struct step place = step_to_member(NULL, "credentialStatus");
    for (size_t i = 0; i < (is_list ? badge_json_count(value) : value ? 1 : 0); i++) {
        const struct badge_json_value *one = is_list ? badge_json_at(value, i, NULL) : value;
        struct step item = step_to_item(&place, i);
        struct entry e = {.m = m, .at = is_list ? &item : &place, .object = one};
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            e.kind = &kinds[k];
            if (reading_has_type(one, kinds[k].type))
                check_entry(&e);
        }
        if (reading_has_type(one, "1EdTechRevocationList"))
            check_1edtech(m, e.at, one);
    }
}

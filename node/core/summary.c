/*
 * The summary of a document for people: what badge/summary.h says, in its order. Pages and programs show it.
 *
 * Invariant: issuer id, dates and status come from the same functions as the verdict's; what is hidden from the verdict
 * is hidden here.
 */
#include "badge/summary.h"

#include <string.h>

#include "badge/did.h"
#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/reading.h"
#include "core/summary.h"
#include "core/text.h"

#define SAFE_INTEGER ((int64_t)1 << 53)

static const struct badge_json_value *member(const struct badge_json_value *object, const char *name)
{
    return reading_member(object, name);
}

/* The first of two that is there. */
static const struct badge_json_value *either(const struct badge_json_value *a, const struct badge_json_value *b)
{
    return a ? a : b;
}

/* -- dates --------------------------------------------------------------------------------------------------------- */

static void write_date(struct summary *out, const char *name, const char *from, const struct badge_json_value *written,
                       const struct badge_date *read, int64_t time_s)
{
    json_out_object(&out->json, name);
    summary_write_plain(out, "written", written);
    json_out_text(&out->json, "member", from);
    if (read) {
        char number[BADGE_NUMBER_LEN];
        json_out_time(&out->json, "time", time_s);
        if (time_s > -SAFE_INTEGER && time_s < SAFE_INTEGER)
            json_out_raw(&out->json, "seconds", number, badge_number_format(number, (double)time_s));
        else
            json_out_null(&out->json, "seconds");
    } else {
        json_out_null(&out->json, "time");
        json_out_null(&out->json, "seconds");
    }
    json_out_bool(&out->json, "isStandard", read && read->is_standard);
    json_out_object_end(&out->json);
}

/* The narrowest date of all layers at one end; if none can be read, the first that can't. */
static void write_limit(struct summary *out, const char *name, const struct badge_reading *reading, bool is_end)
{
    const struct claims_date *best = NULL;
    struct badge_date best_read;
    const struct badge_json_value *best_value = NULL;
    bool has_read = false;
    for (size_t i = 0; i < reading->n_layers; i++) {
        for (size_t k = 0; k < CLAIMS_N_DATES; k++) {
            const struct claims_date *date = &claims_date[k];
            struct badge_date read;
            if (date->is_end != is_end || !claims_has_date(&reading->layer[i], date))
                continue;
            const struct badge_json_value *written = member(reading->layer[i].object, date->name);
            bool is_read = claims_date_read(&read, date, written);
            bool narrower = is_read && (!has_read ||
                                        (is_end ? read.ends_s < best_read.ends_s : read.begins_s > best_read.begins_s));
            if (best && !narrower)
                continue;
            best = date;
            best_value = written;
            has_read = is_read;
            if (is_read)
                best_read = read;
        }
    }
    if (best)
        write_date(out, name, best->name, best_value, has_read ? &best_read : NULL,
                   has_read ? (is_end ? best_read.ends_s : best_read.begins_s) : 0);
    else
        json_out_null(&out->json, name);
}

static void write_awarded(struct summary *out, const struct badge_json_value *credential)
{
    static const char *const names[] = {"awardedDate", "issued", "issuedOn"};
    static const struct claims_date any = {"", false, CLAIMS_ANYWHERE};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct badge_date read;
        const struct badge_json_value *written = member(credential, names[i]);
        if (!written)
            continue;
        bool is_read = claims_date_read(&read, &any, written);
        write_date(out, "awarded", names[i], written, is_read ? &read : NULL, is_read ? read.begins_s : 0);
        return;
    }
    json_out_null(&out->json, "awarded");
}

/* -- people and images --------------------------------------------------------------------------------------------- */

void summary_collect_name(struct summary_texts *texts, struct summary *out, const struct badge_json_value *object)
{
    static const char *const names[] = {"name", "legalName", "fullName", "displayName", "prefLabel", "title"};
    static const char *const given[] = {"givenName"}, *const family[] = {"familyName"};
    struct summary_texts first = {.n = 0}, last = {.n = 0};
    summary_collect_member(texts, out, object, names, ARRAY_LEN(names));
    if (texts->n > 0)
        return;
    summary_collect_member(&first, out, object, given, 1);
    summary_collect_member(&last, out, object, family, 1);
    if (first.n == 0 || last.n == 0) {
        *texts = first.n == 0 ? last : first;
        return;
    }
    for (size_t i = 0; i < first.n; i++) {
        size_t k = 0;
        while (k < last.n && !core_text_equal(last.at[k].language, first.at[i].language))
            k++;
        struct badge_text a = first.at[i].text, b = last.at[k < last.n ? k : 0].text;
        char *joined = badge_arena_alloc(out->arena, a.len + b.len + 1);
        if (!joined) {
            out->json.failed = true;
            return;
        }
        memcpy(joined, a.bytes, a.len);
        joined[a.len] = ' ';
        memcpy(joined + a.len + 1, b.bytes, b.len);
        texts->at[texts->n].language = first.at[i].language;
        texts->at[texts->n++].text = (struct badge_text){joined, a.len + b.len + 1};
    }
}

static void write_name(struct summary *out, const struct badge_json_value *object)
{
    struct summary_texts texts = {.n = 0};
    summary_collect_name(&texts, out, object);
    summary_write_texts(out, "name", &texts, SUMMARY_NAME);
}

static void write_issuer(struct summary *out, const struct badge_json_value *issuer)
{
    const struct badge_json_value *one = summary_item(issuer, 0);
    if (!one) {
        json_out_null(&out->json, "issuer");
        return;
    }
    json_out_object(&out->json, "issuer");
    summary_write_string(out, "id", summary_id(one), SUMMARY_ADDRESS);
    write_name(out, one);
    summary_write_string(out, "url", either(member(one, "url"), member(one, "homepage")), SUMMARY_ADDRESS);
    summary_write_string(out, "email", member(one, "email"), SUMMARY_NAME);
    (void)summary_write_country(out, one);
    json_out_object_end(&out->json);
}

/* An identity that is the holder's name, in plain text. */
static const struct badge_json_value *name_of_identity(const struct badge_json_value *identity)
{
    bool is_name = badge_json_equals(summary_item(member(identity, "identityType"), 0), "name");
    return is_name && !badge_json_is(member(identity, "hashed"), BADGE_JSON_TRUE) ? member(identity, "identityHash")
                                                                                  : NULL;
}

static void write_identity(struct summary *out, const struct badge_json_value *identity)
{
    const struct badge_json_value *hash = member(identity, "identityHash");
    const struct badge_json_value *plain = either(hash, member(identity, "identity"));
    const struct badge_json_value *kind = either(member(identity, "identityType"),
                                                 hash ? NULL : member(identity, "type"));
    struct badge_text text;
    if (!badge_json_string(plain, &text))
        return;
    json_out_object(&out->json, NULL);
    summary_write_string(out, "value", plain, SUMMARY_ADDRESS);
    summary_write_string(out, "kind", summary_item(kind, 0), SUMMARY_NAME);
    json_out_bool(&out->json, "hashed", badge_json_is(member(identity, "hashed"), BADGE_JSON_TRUE));
    if (badge_json_string(member(identity, "salt"), &text))
        json_out_string(&out->json, "salt", text.bytes, text.len < SUMMARY_NAME ? text.len : SUMMARY_NAME);
    else
        json_out_text(&out->json, "salt", "");
    json_out_object_end(&out->json);
}

static void write_holder(struct summary *out, const struct badge_json_value *holder,
                         const struct badge_json_value *identities)
{
    json_out_object(&out->json, "holder");
    struct summary_texts name = {.n = 0};
    summary_collect_name(&name, out, holder);
    bool is_named = name.n > 0; /* by another member: identities are then shown as such */
    for (size_t i = 0; !is_named && summary_item(identities, i); i++)
        summary_collect(&name, out, name_of_identity(summary_object(identities, i)));
    summary_write_string(out, "id", claims_id(holder), SUMMARY_ADDRESS);
    summary_write_texts(out, "name", &name, SUMMARY_NAME);
    json_out_array(&out->json, "identities");
    for (size_t i = 0; summary_item(identities, i); i++)
        if (is_named || !name_of_identity(summary_object(identities, i)))
            write_identity(out, summary_object(identities, i));
    json_out_array_end(&out->json);
    json_out_object_end(&out->json);
}

/* {"data"} if the image is inside, else {"elsewhere"}: an address, which nobody fetches. */
static void write_image(struct summary *out, const struct badge_json_value *const *candidate, size_t n)
{
    enum { MAX_IMAGE = 6 << 20 };
    static const char *const kinds[] = {"data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp",
                                        "data:image/svg+xml"};
    for (int inside = 1; inside >= 0; inside--) {
        for (size_t i = 0; i < n; i++) {
            struct badge_text url, rest;
            const struct badge_json_value *id = summary_id(summary_item(candidate[i], 0));
            bool is_wanted = false;
            if (!badge_json_string(id, &url))
                continue;
            for (size_t k = 0; inside && k < ARRAY_LEN(kinds); k++) {
                rest = url;
                is_wanted = is_wanted || (core_text_skip(&rest, kinds[k]) && rest.len > 0 &&
                                          (*rest.bytes == ';' || *rest.bytes == ',') && url.len <= MAX_IMAGE);
            }
            rest = url;
            if (!inside)
                is_wanted = url.len <= SUMMARY_ADDRESS &&
                            (core_text_skip(&rest, "https:") || core_text_skip(&rest, "http:"));
            if (!is_wanted)
                continue;
            json_out_object(&out->json, "image");
            json_out_string(&out->json, inside ? "data" : "elsewhere", url.bytes, url.len);
            json_out_object_end(&out->json);
            return;
        }
    }
    json_out_null(&out->json, "image");
}

/* -- achievements -------------------------------------------------------------------------------------------------- */

/* The achievements of a subject: of Open Badges and CLR `achievement`, of Europass `hasClaim` or `achieved`. */
static size_t write_achievements_of(struct summary *out, struct summary_award award, size_t n)
{
    static const char *const names[] = {"achievement", "hasClaim", "achieved", "hasCredential"};
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        const struct badge_json_value *list = member(award.subject, names[k]);
        for (size_t i = 0; n < SUMMARY_ITEMS && summary_item(list, i); i++) {
            award.achievement = summary_object(list, i);
            if (!award.achievement)
                continue;
            summary_write_achievement(out, &award);
            n++;
        }
    }
    return n;
}

/* A credential within a CLR, an object or a token; NULL: it can't be read. */
static const struct badge_json_value *enclosed(struct summary *out, const struct badge_json_value *one)
{
    struct badge_text token;
    struct badge_reading reading;
    if (!badge_json_string(one, &token))
        return one;
    const char *dot = memchr(token.bytes, '.', token.len);
    if (!dot || reading_of_token(&reading, out->arena, token) != BADGE_OK || reading.hidden)
        return NULL;
    return reading.layer[reading.n_layers - 1].object;
}

static const struct badge_json_value *enclosed_subject(struct summary *out, const struct badge_json_value *one)
{
    return summary_item(member(enclosed(out, one), "credentialSubject"), 0);
}

static bool has_enclosed(const struct badge_json_value *subjects)
{
    for (size_t i = 0; summary_item(subjects, i); i++)
        if (member(summary_object(subjects, i), "verifiableCredential"))
            return true;
    return false;
}

static size_t write_achievements(struct summary *out, const struct badge_json_value *credential,
                                 const struct badge_json_value *issuer)
{
    const struct badge_json_value *subjects = member(credential, "credentialSubject");
    struct summary_award award = {.credential = credential, .issuer = issuer};
    size_t n = 0;
    for (size_t i = 0; summary_item(subjects, i); i++) {
        award.subject = summary_object(subjects, i);
        n = write_achievements_of(out, award, n);
    }
    for (size_t i = 0; summary_item(subjects, i); i++) {
        const struct badge_json_value *list = member(summary_object(subjects, i), "verifiableCredential");
        for (size_t k = 0; n < SUMMARY_ITEMS && summary_item(list, k); k++) {
            award.credential = enclosed(out, summary_item(list, k));
            award.issuer = member(award.credential, "issuer");
            award.subject = summary_item(member(award.credential, "credentialSubject"), 0);
            n = write_achievements_of(out, award, n);
        }
    }
    return n;
}

static void write_evidence(struct summary *out, const struct badge_json_value *list)
{
    json_out_array(&out->json, "evidence");
    for (size_t i = 0; summary_item(list, i); i++) {
        const struct badge_json_value *one = summary_item(list, i);
        json_out_object(&out->json, NULL);
        summary_write_value(out, "name", either(member(one, "name"), member(one, "genre")), SUMMARY_NAME);
        summary_write_string(out, "url", summary_id(one), SUMMARY_ADDRESS);
        summary_write_value(out, "description", either(member(one, "description"), member(one, "narrative")), 2000);
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
}

/* -- facts --------------------------------------------------------------------------------------------------------- */

static bool is_shown_elsewhere(struct badge_text name, bool is_top)
{
    static const char *const always[] = {"type", "@type", "@context"};
    static const char *const top[] = {"id", "@id", "name", "fullName", "givenName", "familyName", "identifier"};
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        if (core_text_is(name, always[i]))
            return true;
    for (size_t i = 0; is_top && i < ARRAY_LEN(top); i++)
        if (core_text_is(name, top[i]))
            return true;
    return false;
}

/* The members of another kind of credential about its holder, as a flat list. */
static void write_facts_of(struct summary *out, const struct badge_json_value *object, const char *prefix, unsigned *n)
{
    for (size_t i = 0; *n < SUMMARY_ITEMS && i < badge_json_count(object); i++) {
        struct badge_text name;
        char path[200];
        const struct badge_json_value *value = badge_json_at(object, i, &name);
        if (is_shown_elsewhere(name, prefix[0] == '\0') || badge_json_is(value, BADGE_JSON_NULL))
            continue;
        (void)core_format(path, sizeof path, "%s%.*s", prefix, (int)(name.len < 60 ? name.len : 60), name.bytes);
        if (badge_json_is(value, BADGE_JSON_OBJECT) && strlen(path) < 60) {
            char below[208];
            (void)core_format(below, sizeof below, "%s \xe2\x80\xba ", path);
            write_facts_of(out, value, below, n);
        } else if (summary_item(value, 0) && badge_json_count(summary_item(value, 0)) == 0 &&
                   !badge_json_is(summary_item(value, 0), BADGE_JSON_OBJECT)) {
            json_out_object(&out->json, NULL);
            json_out_text(&out->json, "name", path);
            summary_write_plain(out, "value", value);
            json_out_object_end(&out->json);
            ++*n;
        }
    }
}

/* -- kinds of credential ------------------------------------------------------------------------------------------- */

static bool has_context(const struct badge_json_value *object, const char *begin)
{
    const struct badge_json_value *context = badge_json_member(object, "@context");
    for (size_t i = 0; summary_item(context, i); i++) {
        struct badge_text text;
        if (badge_json_string(summary_item(context, i), &text) && core_text_skip(&text, begin))
            return true;
    }
    return false;
}

static const char *record_format(const struct badge_json_value *object)
{
    if (reading_has_type(object, "Achievement"))
        return "achievement";
    if (reading_has_type(object, "Profile"))
        return "profile";
    if (reading_has_type(object, "BadgePathway"))
        return "pathway";
    return member(object, "type") ? "status-list" : "did";
}

static const char *format_of(const struct badge_layer *layer)
{
    const struct badge_json_value *object = layer->object;
    struct badge_text version;
    if (layer->kind == BADGE_LAYER_RECORD)
        return record_format(object);
    if (layer->kind == BADGE_LAYER_OPENATTESTATION)
        return "openattestation-2";
    if (!object || (layer->kind == BADGE_LAYER_DOCUMENT && !member(object, "credentialSubject")))
        return "none";
    if (member(object, "openAttestationMetadata") || (badge_json_string(member(object, "version"), &version) &&
                                                      core_text_skip(&version, "https://schema.openattestation")))
        return "openattestation-3";
    if (has_context(object, "https://w3id.org/blockcerts/") || reading_has_type(object, "BlockcertsCredential"))
        return "blockcerts";
    if (reading_is_assertion(object) || reading_has_type(object, "Assertion"))
        return "ob-2.0";
    if (reading_has_type(object, "ClrCredential"))
        return "clr-2.0";
    if (reading_has_type(object, "EuropeanDigitalCredential"))
        return "europass";
    if (reading_has_type(object, "OpenBadgeCredential") || reading_has_type(object, "AchievementCredential") ||
        reading_has_type(object, "EndorsementCredential"))
        return "ob-3.0";
    if (!member(object, "credentialSubject") && !reading_has_type(object, "VerifiableCredential"))
        return "none";
    return has_context(object, "https://www.w3.org/2018/credentials/") ? "vc-1.1" : "vc-2.0";
}

static void write_head(struct summary *out, const struct badge_json_value *credential)
{
    json_out_object(&out->json, "credential");
    const struct badge_json_value *types = either(member(credential, "type"), member(credential, "@type"));
    json_out_array(&out->json, "types");
    for (size_t i = 0; summary_item(types, i); i++)
        if (badge_json_is(summary_item(types, i), BADGE_JSON_STRING) && !badge_json_equals(summary_item(types, i), ""))
            summary_write_string(out, NULL, summary_item(types, i), SUMMARY_NAME);
    json_out_array_end(&out->json);
    summary_write_string(out, "id", claims_id(credential), SUMMARY_ADDRESS);
}

/* Open Badges 2.0 and 1.x. */
static void write_assertion(struct summary *out, const struct badge_json_value *assertion)
{
    const struct badge_json_value *badge = member(assertion, "badge");
    const struct badge_json_value *recipient = member(assertion, "recipient");
    bool is_pointer = !badge_json_is(badge, BADGE_JSON_OBJECT);
    const struct badge_json_value *issuer = either(member(badge, "issuer"), member(assertion, "issuer"));
    const struct badge_json_value *const images[] = {member(assertion, "image"), member(badge, "image")};
    write_head(out, assertion);
    write_name(out, badge);
    summary_write_value(out, "description", member(badge, "description"), SUMMARY_LONG);
    write_image(out, images, ARRAY_LEN(images));
    write_issuer(out, issuer);
    write_holder(out, NULL, recipient);
    write_awarded(out, assertion);
    json_out_array(&out->json, "achievements");
    if (!is_pointer)
        summary_write_achievement(
            out, &(struct summary_award){
                     .credential = assertion, .issuer = issuer, .subject = assertion, .achievement = badge});
    json_out_array_end(&out->json);
    write_evidence(out, member(assertion, "evidence"));
    json_out_array(&out->json, "facts");
    json_out_array_end(&out->json);
    json_out_bool(&out->json, "isPointer", is_pointer);
    json_out_bool(&out->json, "hasEnclosed", false);
    json_out_object_end(&out->json);
}

/* OpenAttestation 2: its data have no fixed names beyond issuers and recipient. */
static void write_openattestation2(struct summary *out, const struct badge_json_value *data)
{
    unsigned n = 0;
    const struct badge_json_value *const images[] = {member(data, "image")};
    write_head(out, data);
    write_name(out, data);
    summary_write_value(out, "description", member(data, "description"), SUMMARY_LONG);
    write_image(out, images, ARRAY_LEN(images));
    write_issuer(out, member(data, "issuers"));
    write_holder(out, member(data, "recipient"), NULL);
    write_awarded(out, data);
    json_out_array(&out->json, "achievements");
    json_out_array_end(&out->json);
    write_evidence(out, NULL);
    json_out_array(&out->json, "facts");
    write_facts_of(out, member(data, "recipient"), "", &n);
    json_out_array_end(&out->json);
    json_out_bool(&out->json, "isPointer", false);
    json_out_bool(&out->json, "hasEnclosed", false);
    json_out_object_end(&out->json);
}

static void collect_title(struct summary_texts *name, struct summary *out, const struct badge_json_value *credential,
                          const struct badge_json_value *subject)
{
    static const char *const titles[] = {"name", "title", "prefLabel"};
    const struct badge_json_value *types = either(member(credential, "type"), member(credential, "@type"));
    const struct badge_json_value *achievement = summary_item(member(subject, "achievement"), 0);
    summary_collect_member(name, out, credential, titles, ARRAY_LEN(titles));
    const struct badge_json_value *display = summary_item(member(credential, "displayParameter"), 0);
    if (name->n == 0)
        summary_collect_member(name, out, display, titles, ARRAY_LEN(titles));
    if (name->n == 0)
        summary_collect_name(name, out, achievement);
    for (size_t i = 0; name->n == 0 && summary_item(member(subject, "hasClaim"), i); i++)
        summary_collect_name(name, out, summary_object(member(subject, "hasClaim"), i));
    const struct badge_json_value *enclosed = summary_item(member(subject, "verifiableCredential"), 0);
    if (name->n == 0 && enclosed)
        summary_collect_name(name, out, summary_item(member(enclosed_subject(out, enclosed), "achievement"), 0));
    if (name->n == 0 && badge_json_count(types) > 0)
        summary_collect(name, out, badge_json_at(types, badge_json_count(types) - 1, NULL));
    else if (name->n == 0)
        summary_collect(name, out, types);
}

/* Any credential of the W3C's model, and a record, whose subject is the document itself. */
static void write_credential(struct summary *out, const struct badge_json_value *credential,
                             const struct badge_json_value *issuer)
{
    const struct badge_json_value *subjects = member(credential, "credentialSubject");
    const struct badge_json_value *subject = summary_object(subjects, 0);
    const struct badge_json_value *achievement = summary_item(member(subject, "achievement"), 0);
    const struct badge_json_value *display = summary_item(member(credential, "displayParameter"), 0);
    const struct badge_json_value *const images[] = {member(achievement, "image"), member(credential, "image"),
                                                     member(subject, "image")};
    struct summary_texts name = {.n = 0};
    write_head(out, credential);
    collect_title(&name, out, credential, subject);
    summary_write_texts(out, "name", &name, SUMMARY_NAME);
    summary_write_value(out, "description", either(member(credential, "description"), member(display, "description")),
                        SUMMARY_LONG);
    write_image(out, images, ARRAY_LEN(images));
    write_issuer(out, issuer);
    write_holder(out, subject, member(subject, "identifier"));
    write_awarded(out, credential);
    json_out_array(&out->json, "achievements");
    size_t n = write_achievements(out, credential, issuer);
    if (reading_has_type(credential, "Achievement"))
        summary_write_achievement(out, &(struct summary_award){.credential = credential, .achievement = credential});
    json_out_array_end(&out->json);
    write_evidence(out, member(credential, "evidence"));
    json_out_array(&out->json, "facts");
    unsigned n_facts = 0;
    for (size_t i = 0; n == 0 && summary_item(subjects, i); i++)
        write_facts_of(out, summary_object(subjects, i), "", &n_facts);
    json_out_array_end(&out->json);
    json_out_bool(&out->json, "isPointer", false);
    json_out_bool(&out->json, "hasEnclosed", has_enclosed(subjects));
    json_out_object_end(&out->json);
}

/* -- the document -------------------------------------------------------------------------------------------------- */

static void write_layers(struct summary *out, const struct badge_reading *reading)
{
    json_out_array(&out->json, "layers");
    for (size_t i = 0; i < reading->n_layers; i++) {
        json_out_object(&out->json, NULL);
        json_out_text(&out->json, "kind", badge_layer_name(reading->layer[i].kind));
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
    json_out_array(&out->json, "inner");
    for (size_t i = 0; i < reading->n_inner; i++)
        json_out_hash(&out->json, NULL, &reading->inner[i]);
    json_out_array_end(&out->json);
}

static void write_fault(struct summary *out, const char *name, const struct badge_err *err)
{
    if (err->status != BADGE_OK)
        json_out_text(&out->json, name, err->text);
    else
        json_out_null(&out->json, name);
}

static void write_notices(struct summary *out, const struct badge_reading *reading, int64_t now_s)
{
    struct badge_notice notice[BADGE_MAX_NOTICES];
    size_t n = badge_notices_read(notice, reading, now_s, NULL);
    json_out_array(&out->json, "notices");
    for (size_t i = 0; i < n; i++) {
        json_out_object(&out->json, NULL);
        json_out_text(&out->json, "code", notice[i].code);
        json_out_text(&out->json, "pointer", notice[i].pointer);
        json_out_text(&out->json, "detail", notice[i].detail);
        json_out_object_end(&out->json);
    }
    json_out_array_end(&out->json);
}

/* A host, with a port or without, of which no part can be taken for another host. */
static bool is_plain_host(struct badge_text host)
{
    const char *colon = memchr(host.bytes, ':', host.len);
    size_t name_len = colon ? (size_t)(colon - host.bytes) : host.len;
    bool is_plain = name_len > 0 && memchr(host.bytes, '.', name_len);
    for (size_t i = 0; i < host.len; i++) {
        char c = host.bytes[i];
        bool is_digit = c >= '0' && c <= '9', is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        is_plain = is_plain && (i == name_len || is_digit || (i < name_len && (is_letter || c == '-' || c == '.')));
    }
    return is_plain;
}

/*
 * The domain that speaks for the issuer's id: the host of a URL; of a did:web its host, and the path if it has one, as
 * a host may have many of those.
 */
static void write_domain(struct summary *out, struct badge_text id)
{
    char url[BADGE_DID_URL_LEN];
    struct badge_text domain = id;
    if (badge_did_web_url(url, id)) {
        domain = (struct badge_text){url, strlen(url)};
        (void)core_text_skip(&domain, "https://");
        size_t host_len = strcspn(domain.bytes, "/"), tail = strlen("/did.json");
        domain.len = strcmp(domain.bytes + host_len, "/.well-known/did.json") == 0 ? host_len : domain.len - tail;
        json_out_string(&out->json, "issuerDomain", domain.bytes, domain.len);
        return;
    }
    bool is_url = core_text_skip(&domain, "https://") || core_text_skip(&domain, "http://");
    size_t len = 0;
    while (is_url && len < domain.len && !strchr("/?#", domain.bytes[len]))
        len++;
    domain.len = len;
    if (is_url && is_plain_host(domain))
        json_out_string(&out->json, "issuerDomain", domain.bytes, domain.len);
    else
        json_out_null(&out->json, "issuerDomain");
}

/* Issuer, dates and status, as the verdict sees them. */
static void write_claims(struct summary *out, const struct badge_reading *reading, const struct badge_claims *claims)
{
    if (claims->issuer.len > 0)
        json_out_string(&out->json, "issuerId", claims->issuer.bytes, claims->issuer.len);
    else
        json_out_null(&out->json, "issuerId");
    write_domain(out, claims->issuer);
    json_out_object(&out->json, "faults");
    write_fault(out, "issuer", &claims->issuer_err);
    write_fault(out, "validity", &claims->period_err);
    write_fault(out, "status", &claims->status_err);
    json_out_object_end(&out->json);
    write_limit(out, "from", reading, false);
    write_limit(out, "until", reading, true);
    if (claims->is_revoked || claims->has_status)
        json_out_text(&out->json, "status", claims->is_revoked ? "revoked" : "named");
    else
        json_out_null(&out->json, "status");
}

/* The issuer where it is described best: an object in the innermost layer that has one, else its id. */
static const struct badge_json_value *best_issuer(const struct badge_reading *reading)
{
    const struct badge_json_value *found = NULL;
    for (size_t i = reading->n_layers; i > 0; i--) {
        const struct badge_json_value *issuer = either(member(reading->layer[i - 1].object, "issuer"),
                                                       member(reading->layer[i - 1].object, "iss"));
        if (badge_json_is(issuer, BADGE_JSON_OBJECT))
            return issuer;
        found = either(found, issuer);
    }
    return found;
}

enum badge_status badge_summary_read(struct badge_text *out, struct badge_arena *arena,
                                     const struct badge_digester *digester, int64_t now_s, struct badge_err *err)
{
    const struct badge_digest *digest = badge_digester_digest(digester);
    const struct badge_reading *reading = badge_digester_reading(digester);
    const struct badge_layer *last = &reading->layer[reading->n_layers - 1];
    const char *format = reading->hidden ? "none" : format_of(last);
    struct badge_claims claims;
    struct summary summary;
    badge_claims_read(&claims, reading);
    summary_begin(&summary, arena);
    json_out_object(&summary.json, NULL);
    json_out_text(&summary.json, "label", badge_label_name(digest->label));
    json_out_hash(&summary.json, "digest", &digest->value);
    write_layers(&summary, reading);
    json_out_text(&summary.json, "format", format);
    bool is_token = false;
    for (size_t i = 0; i < reading->n_layers; i++)
        is_token = is_token || reading->layer[i].kind == BADGE_LAYER_TOKEN || reading->layer[i].kind == BADGE_LAYER_JWS;
    json_out_bool(&summary.json, "isToken", is_token);
    json_out_bool(&summary.json, "hasProof", claims.has_proof);
    json_out_bool(&summary.json, "isRecord", claims_only_recorded(&claims));
    if (reading->hidden)
        json_out_text(&summary.json, "hidden", reading->hidden);
    else
        json_out_null(&summary.json, "hidden");
    write_claims(&summary, reading, &claims);
    write_notices(&summary, reading, now_s);
    if (strcmp(format, "none") == 0)
        json_out_null(&summary.json, "credential");
    else if (last->kind == BADGE_LAYER_OPENATTESTATION)
        write_openattestation2(&summary, last->object);
    else if (reading_is_assertion(last->object) || reading_has_type(last->object, "Assertion"))
        write_assertion(&summary, last->object);
    else
        write_credential(&summary, last->object, best_issuer(reading));
    json_out_object_end(&summary.json);
    if (summary.json.failed)
        return badge_no_memory(err);
    *out = (struct badge_text){summary.bytes, summary.len};
    return BADGE_OK;
}

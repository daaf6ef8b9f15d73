/*
 * Looks for terms whose reading differs from what they stand for in quads. hidden.c asks before it compares.
 *
 * Invariant: only the document is looked at. Contexts behind URLs are the published ones or were given by the
 * verifier; of the published ones no term stands for a keyword but @id and @type.
 */
#include "proof/own_terms.h"

#include <string.h>

#include "core/compiler.h"
#include "core/text.h"

static bool is_one_of(struct badge_text text, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (core_text_is(text, names[i]))
            return true;
    return false;
}

static bool is_keyword(struct badge_text name)
{
    return name.len > 0 && *name.bytes == '@';
}

static bool ends_prefix(char c)
{
    return c == '#' || c == '/' || c == ':' || c == '?' || c == '=';
}

/* The name at the end of an IRI; empty: the IRI is that of a vocabulary. */
static struct badge_text last_name(struct badge_text iri)
{
    size_t from = iri.len;
    while (from > 0 && !ends_prefix(iri.bytes[from - 1]))
        from--;
    return (struct badge_text){iri.bytes + from, iri.len - from};
}

/* -- contexts ------------------------------------------------------------------------------------------------------ */

/* What stands for itself before a colon: as a prefix it would make another address of one that is shown. */
static bool is_scheme(struct badge_text term)
{
    static const char *const names[] = {"data", "did", "http", "https", "mailto", "urn"};
    return is_one_of(term, names, ARRAY_LEN(names));
}

static bool iri_misleads(struct badge_text term, struct badge_text iri)
{
    if (is_keyword(iri))
        return !(core_text_is(term, "id") && core_text_is(iri, "@id")) &&
               !(core_text_is(term, "type") && core_text_is(iri, "@type"));
    struct badge_text own = last_name(term), last = last_name(iri);
    return last.len > 0 && !core_text_equal(last, own);
}

/* In the others a member's name, which is shown, is an index, an id or a type. */
static bool container_misleads(const struct badge_json_value *container)
{
    static const char *const plain[] = {"@set", "@list", "@language"};
    struct badge_text text;
    if (badge_json_string(container, &text))
        return !is_one_of(text, plain, ARRAY_LEN(plain));
    for (size_t i = 0; i < badge_json_count(container); i++)
        if (!badge_json_string(badge_json_at(container, i, NULL), &text) || !is_one_of(text, plain, ARRAY_LEN(plain)))
            return true;
    return false;
}

static bool context_misleads(const struct badge_json_value *context);

static bool definition_misleads(struct badge_text term, const struct badge_json_value *definition)
{
    struct badge_text iri;
    if (core_text_is(term, "@vocab"))
        return badge_json_string(definition, &iri) && last_name(iri).len > 0;
    if (is_keyword(term))
        return false;
    if (is_scheme(term))
        return true;
    if (badge_json_string(definition, &iri))
        return iri_misleads(term, iri);
    if (badge_json_string(badge_json_member(definition, "@id"), &iri) && iri_misleads(term, iri))
        return true;
    return badge_json_member(definition, "@reverse") || badge_json_member(definition, "@nest") ||
           container_misleads(badge_json_member(definition, "@container")) ||
           context_misleads(badge_json_member(definition, "@context"));
}

static bool context_misleads(const struct badge_json_value *context)
{
    bool is_object = badge_json_is(context, BADGE_JSON_OBJECT);
    for (size_t i = 0; i < badge_json_count(context); i++) {
        struct badge_text term = {"", 0};
        const struct badge_json_value *one = badge_json_at(context, i, &term);
        if (is_object ? definition_misleads(term, one) : context_misleads(one))
            return true;
    }
    return false;
}

/* -- members ------------------------------------------------------------------------------------------------------- */

/* What is read of a badge and shown; Open Badges calls two of them Criteria and Image in its IRIs. */
static bool is_read(struct badge_text name)
{
    static const char *const names[] = {"achieved",
                                        "achievedLevel",
                                        "achievement",
                                        "achievementType",
                                        "alignment",
                                        "awardedDate",
                                        "address",
                                        "Criteria",
                                        "Image",
                                        "creator",
                                        "creditsAvailable",
                                        "creditsEarned",
                                        "criteria",
                                        "description",
                                        "displayName",
                                        "email",
                                        "evidence",
                                        "expires",
                                        "familyName",
                                        "fullName",
                                        "genre",
                                        "givenName",
                                        "hasClaim",
                                        "hasCredential",
                                        "hashed",
                                        "humanCode",
                                        "identifier",
                                        "identityHash",
                                        "identityType",
                                        "image",
                                        "issuedOn",
                                        "issuer",
                                        "legalName",
                                        "name",
                                        "narrative",
                                        "result",
                                        "resultValue",
                                        "resultDescription",
                                        "resultType",
                                        "revoked",
                                        "salt",
                                        "status",
                                        "targetName",
                                        "targetUrl",
                                        "title",
                                        "url",
                                        "validFrom",
                                        "validUntil",
                                        "value",
                                        "requiredValue",
                                        "requiredLevel",
                                        "rubricCriterionLevel",
                                        "allowedValue",
                                        "valueMax",
                                        "valueMin",
                                        "verifiableCredential"};
    return is_one_of(name, names, ARRAY_LEN(names));
}

static bool name_misleads(struct badge_text name)
{
    static const char *const moving[] = {"@index", "@included", "@nest", "@reverse"};
    static const char *const also[] = {"Criteria", "Image"}; /* a type and a property of the same IRI */
    if (is_one_of(name, also, ARRAY_LEN(also)))
        return true;
    return is_keyword(name) ? is_one_of(name, moving, ARRAY_LEN(moving))
                            : memchr(name.bytes, ':', name.len) && is_read(last_name(name));
}

bool own_terms_mislead(const struct badge_json_value *document)
{
    bool is_object = badge_json_is(document, BADGE_JSON_OBJECT);
    for (size_t i = 0; i < badge_json_count(document); i++) {
        struct badge_text name = {"", 0};
        const struct badge_json_value *one = badge_json_at(document, i, &name);
        if (is_object && core_text_is(name, "@context") ? context_misleads(one)
                                                        : (is_object && name_misleads(name)) || own_terms_mislead(one))
            return true;
    }
    return false;
}

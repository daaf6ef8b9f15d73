/*
 * Finds members that may say under other names what this program reads by its usual names: issuer, dates, status.
 * JSON-LD gives a document ways to do so without a word of English; reading.c asks here before it trusts what it has
 * read.
 *
 * Invariant: only inline contexts and the names themselves are looked at. Contexts behind URLs are not known here:
 * those of the standards protect their terms, and a document of no known type is hidden without this.
 */
#include <string.h>

#include "core/compiler.h"
#include "core/reading.h"
#include "core/text.h"

#define IRI_MAX 512
#define MAX_LOOKUPS ((size_t)1 << 18)
#define MAX_STEPS 4 /* of a prefix that is itself a compact IRI */

static const struct badge_json_value *definition(const struct badge_json_value *context, struct badge_text term,
                                                 unsigned depth);

/* A definition of the term in an object of terms, or in a context within one of its definitions. */
static const struct badge_json_value *definition_in(const struct badge_json_value *terms, struct badge_text term,
                                                    unsigned depth)
{
    for (size_t i = 0; i < badge_json_count(terms); i++) {
        struct badge_text name;
        const struct badge_json_value *value = badge_json_at(terms, i, &name);
        if (core_text_equal(name, term))
            return value;
        const struct badge_json_value *scoped = definition(badge_json_member(value, "@context"), term, depth + 1);
        if (scoped)
            return scoped;
    }
    return NULL;
}

static const struct badge_json_value *definition(const struct badge_json_value *context, struct badge_text term,
                                                 unsigned depth)
{
    if (depth > BADGE_JSON_MAX_DEPTH)
        return NULL;
    if (badge_json_is(context, BADGE_JSON_OBJECT))
        return definition_in(context, term, depth);
    for (size_t i = 0; badge_json_is(context, BADGE_JSON_ARRAY) && i < badge_json_count(context); i++) {
        const struct badge_json_value *found = definition(badge_json_at(context, i, NULL), term, depth + 1);
        if (found)
            return found;
    }
    return NULL;
}

struct scope {
    const struct badge_layer *layer;
    size_t n_layers;
};

/* The IRI or keyword to which any of the contexts maps the term. */
static bool mapped(struct badge_text *out, const struct scope *scope, struct badge_text term)
{
    for (size_t i = 0; i < scope->n_layers; i++) {
        const struct badge_json_value *found = definition(badge_json_member(scope->layer[i].object, "@context"), term,
                                                          0);
        if (badge_json_string(found, out) || badge_json_string(badge_json_member(found, "@id"), out) ||
            badge_json_string(badge_json_member(found, "@reverse"), out))
            return true;
    }
    return false;
}

/* Replaces prefixes and the vocabulary, as far as inline contexts define them. False: too long. */
static bool expand(char iri[IRI_MAX], size_t *len, const struct scope *scope, struct badge_text term)
{
    struct badge_text to, rest;
    memcpy(iri, term.bytes, *len = term.len);
    for (int step = 0; step < MAX_STEPS; step++) {
        const char *colon = memchr(iri, ':', *len);
        struct badge_text prefix = {iri, colon ? (size_t)(colon - iri) : *len};
        char joined[IRI_MAX];
        rest = (struct badge_text){"", 0};
        if (mapped(&to, scope, (struct badge_text){iri, *len}))
            ;
        else if (colon && mapped(&to, scope, prefix))
            rest = (struct badge_text){colon + 1, *len - prefix.len - 1};
        else if (!colon && iri[0] != '@' && mapped(&to, scope, (struct badge_text){"@vocab", 6}))
            rest = (struct badge_text){iri, *len};
        else
            return true;
        if (to.len + rest.len > IRI_MAX)
            return false;
        if (to.len + rest.len == *len && memcmp(to.bytes, iri, to.len) == 0)
            return true;
        if (to.len > 0)
            memcpy(joined, to.bytes, to.len);
        if (rest.len > 0)
            memcpy(joined + to.len, rest.bytes, rest.len);
        *len = to.len + rest.len;
        memcpy(iri, joined, *len);
        if (*len == 0)
            return true;
    }
    return true;
}

/* The name at the end of an IRI. */
static struct badge_text last_segment(const char *iri, size_t len)
{
    size_t from = len;
    while (from > 0 && iri[from - 1] != '#' && iri[from - 1] != '/' && iri[from - 1] != ':')
        from--;
    return (struct badge_text){iri + from, len - from};
}

static bool decides(struct badge_text name)
{
    static const char *const deciding[] = {"issuer",     "validFrom",
                                           "validUntil", "issuanceDate",
                                           "expires",    "expirationDate",
                                           "issuedOn",   "credentialStatus",
                                           "revoked",    "revocationList",
                                           "badge",      "credentialSubject",
                                           "credential", "verifiableCredential",
                                           "@graph",     "@included",
                                           "@nest",      "@reverse"};
    for (size_t i = 0; i < ARRAY_LEN(deciding); i++)
        if (core_text_is(name, deciding[i]))
            return true;
    return false;
}

/* Whether this member says under another name what decides. */
static bool is_alias(const struct scope *scope, struct badge_text name)
{
    char iri[IRI_MAX];
    size_t len;
    if (name.len == 0 || name.len > IRI_MAX)
        return name.len > 0;
    if (name.bytes[0] == '@')
        return decides(name) && !core_text_is(name, "@graph");
    if (!expand(iri, &len, scope, name))
        return true;
    struct badge_text last = last_segment(iri, len);
    return !core_text_equal(last, name) && decides(last);
}

/* The number of terms in a context and those within it, counted up to most. */
static size_t count_terms(const struct badge_json_value *context, size_t most)
{
    bool is_object = badge_json_is(context, BADGE_JSON_OBJECT);
    size_t n = is_object ? badge_json_count(context) : 0;
    for (size_t i = 0; i < badge_json_count(context) && n < most; i++) {
        const struct badge_json_value *one = badge_json_at(context, i, NULL);
        n += count_terms(is_object ? badge_json_member(one, "@context") : one, most);
    }
    return n;
}

/* Whether the contexts are so large that looking up every member would take too long. */
static bool is_too_large(const struct scope *scope)
{
    size_t n_terms = 0, n_names = 0;
    for (size_t i = 0; i < scope->n_layers; i++) {
        n_terms += count_terms(badge_json_member(scope->layer[i].object, "@context"), MAX_LOOKUPS);
        n_names += badge_json_count(scope->layer[i].object);
    }
    return n_names > 0 && n_terms > MAX_LOOKUPS / n_names;
}

bool alias_hides(const struct badge_layer *layer, size_t n_layers)
{
    struct scope scope = {layer, n_layers};
    if (is_too_large(&scope))
        return true;
    for (size_t i = 0; i < n_layers; i++) {
        for (size_t k = 0; k < badge_json_count(layer[i].object); k++) {
            struct badge_text name;
            (void)badge_json_at(layer[i].object, k, &name);
            if (is_alias(&scope, name))
                return true;
        }
    }
    return false;
}

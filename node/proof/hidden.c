/*
 * Compares the quads that were signed with the members that are read. data_integrity.c calls it for each proof by an
 * RDF suite.
 *
 * Invariant: of each node that is compared, every quad with one of the predicates in the tables stands for a value of
 * the member of that name, and every such value for a quad; blank nodes, which have no name, are counted. What can't
 * be compared counts as hidden. All other members are what they seem only if no term of the document's own misleads.
 */
#include "proof/hidden.h"

#include <string.h>

#include "core/compiler.h"
#include "core/number.h"
#include "core/shape.h"
#include "core/text.h"
#include "proof/own_terms.h"

#define CRED "https://www.w3.org/2018/credentials#"
#define OB "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
#define CLR "https://purl.imsglobal.org/spec/vc/clr/vocab.html#"
#define SEC "https://w3id.org/security#"
#define STATUS "https://www.w3.org/ns/credentials/status#"
#define STATUS_2021 "https://w3id.org/vc/status-list#"
#define STATUS_2020 "https://w3id.org/vc-revocation-list-2020#"
#define RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#define MAX_STEPS ((size_t)1 << 22) /* comparisons, so that a hostile graph costs milliseconds */
#define MAX_IRIS 4
#define MAX_DEPTH 8 /* of credentials within credentials, a level for each node */

/* A member, and the predicates that contexts give it: Open Badges changed some from version to version. */
struct property {
    const char *name;
    const char *iri[MAX_IRIS];
    bool is_clr, is_not_clr;   /* only of objects of type ClrSubject, or only of others */
    const struct property *of; /* of its values; NULL: nothing of them is compared */
    size_t n_of;
};

static const struct property of_identity[] = {
    {.name = "identityHash", .iri = {OB "identityHash"}},
    {.name = "identityType", .iri = {OB "identityType"}},
    {.name = "hashed", .iri = {OB "hashed"}},
    {.name = "salt", .iri = {OB "salt"}},
};
static const struct property of_achievement[] = {
    {.name = "name", .iri = {"https://schema.org/name", "http://schema.org/name"}},
    {.name = "creator", .iri = {OB "creator", OB "Profile", "http://purl.org/dc/terms/creator"}},
    {.name = "alignment", .iri = {OB "alignment"}},
};
static const struct property of_status[] = {
    {.name = "statusPurpose", .iri = {STATUS "statusPurpose", STATUS_2021 "statusPurpose"}},
    {.name = "statusListIndex", .iri = {STATUS "statusListIndex", STATUS_2021 "statusListIndex"}},
    {.name = "statusListCredential", .iri = {STATUS "statusListCredential", STATUS_2021 "statusListCredential"}},
    {.name = "statusSize", .iri = {STATUS "statusSize"}},
    {.name = "statusMessage", .iri = {STATUS "statusMessage"}},
    {.name = "revocationListIndex", .iri = {STATUS_2020 "revocationListIndex"}},
    {.name = "revocationListCredential", .iri = {STATUS_2020 "revocationListCredential"}},
};
static const struct property of_credential[7];
static const struct property of_subject[] = {
    /* of a status list */
    {.name = "statusPurpose", .iri = {STATUS "statusPurpose", STATUS_2021 "statusPurpose"}},
    {.name = "encodedList", .iri = {STATUS "encodedList", STATUS_2021 "encodedList", STATUS_2020 "encodedList"}},
    {.name = "creditsEarned", .iri = {OB "creditsEarned"}},
    {.name = "result", .iri = {OB "result"}},
    {.name = "identifier",
     .iri = {OB "identifier", CLR "identifier-1", "https://schema.org/identifier",
             "http://www.w3.org/ns/adms#identifier"},
     .of = of_identity,
     .n_of = ARRAY_LEN(of_identity)},
    {.name = "achievement",
     .iri = {OB "achievement", OB "achievement-0", OB "Achievement"},
     .is_not_clr = true,
     .of = of_achievement,
     .n_of = ARRAY_LEN(of_achievement)},
    /* of a CLR, whose graph has all credentials in it: what it awards itself has a predicate of its own */
    {.name = "achievement",
     .iri = {CLR "achievement"},
     .is_clr = true,
     .of = of_achievement,
     .n_of = ARRAY_LEN(of_achievement)},
    {.name = "verifiableCredential",
     .iri = {CLR "verifiableCredential"},
     .of = of_credential,
     .n_of = ARRAY_LEN(of_credential)},
};
static const struct property of_credential[7] = {
    {.name = "issuer", .iri = {CRED "issuer"}},
    {.name = "validFrom", .iri = {CRED "validFrom"}},
    {.name = "validUntil", .iri = {CRED "validUntil"}},
    {.name = "issuanceDate", .iri = {CRED "issuanceDate"}},
    {.name = "expirationDate", .iri = {CRED "expirationDate"}},
    {.name = "credentialStatus", .iri = {CRED "credentialStatus"}, .of = of_status, .n_of = ARRAY_LEN(of_status)},
    {.name = "credentialSubject", .iri = {CRED "credentialSubject"}, .of = of_subject, .n_of = ARRAY_LEN(of_subject)},
};
static const struct property of_options[] = {
    {.name = "created", .iri = {"http://purl.org/dc/terms/created"}},
    {.name = "expires", .iri = {SEC "expiration"}},
    {.name = "verificationMethod", .iri = {SEC "verificationMethod"}},
    {.name = "cryptosuite", .iri = {SEC "cryptosuite"}},
    {.name = "previousProof", .iri = {SEC "previousProof"}},
};
#define MAX_PROPERTIES 8

struct list {
    const void **item;
    size_t n, capacity;
};

struct values {
    struct list json, terms;
};

/* Nodes that are compared together, with all objects that describe them: one with a name, or all those without. */
struct group {
    struct list terms, objects;
};

struct comparison {
    struct badge_arena *arena;
    const struct badge_rdf_dataset *dataset;
    /* The quads of the default graph by their subjects: the first of each bucket, the next of each quad, both counted
     * from 1; 0: none. */
    uint32_t *bucket, *next;
    size_t mask;
    struct list subjects; /* of the credential and those enclosed in it: one learner is one node, */
    struct list compared; /* and is compared once */
    size_t n_steps;
    bool differs;
};

/* -- terms --------------------------------------------------------------------------------------------------------- */

static bool same_term(const struct badge_rdf_term *a, const struct badge_rdf_term *b)
{
    return a == b || (a->kind == b->kind && a->kind != BADGE_RDF_LITERAL && core_text_equal(a->value, b->value));
}

static bool is_blank_text(struct badge_text text)
{
    return text.len > 2 && text.bytes[0] == '_' && text.bytes[1] == ':';
}

static const struct badge_json_value *id_of(const struct badge_json_value *object)
{
    const struct badge_json_value *id = badge_json_member(object, "id");
    return id ? id : badge_json_member(object, "@id");
}

/* Whether the value becomes a node without a name. */
static bool is_nameless(const struct badge_json_value *value)
{
    const struct badge_json_value *id = id_of(value);
    struct badge_text text;
    if (badge_json_string(badge_json_is(value, BADGE_JSON_OBJECT) ? id : value, &text))
        return is_blank_text(text);
    return badge_json_is(value, BADGE_JSON_OBJECT) && !id && !badge_json_member(value, "@value");
}

static bool is_number(struct badge_text text)
{
    size_t i = text.len > 0 && text.bytes[0] == '-', digits = 0, first = i;
    for (; i < text.len && text.bytes[i] >= '0' && text.bytes[i] <= '9'; i++)
        digits++;
    if (digits == 0 || (digits > 1 && text.bytes[first] == '0'))
        return false;
    if (i < text.len && text.bytes[i] == '.') {
        size_t from = ++i;
        while (i < text.len && text.bytes[i] >= '0' && text.bytes[i] <= '9')
            i++;
        if (i == from)
            return false;
    }
    if (i < text.len && (text.bytes[i] == 'E' || text.bytes[i] == 'e')) {
        i++;
        i += i < text.len && (text.bytes[i] == '-' || text.bytes[i] == '+');
        size_t from = i;
        while (i < text.len && text.bytes[i] >= '0' && text.bytes[i] <= '9')
            i++;
        if (i == from)
            return false;
    }
    return i == text.len;
}

/* xsd:double has 16 digits in RDF, one fewer than binary64 needs. */
static bool same_number(double number, struct badge_text lexical)
{
    double read;
    if (!is_number(lexical) || !core_number_read(&read, lexical.bytes, lexical.len))
        return false;
    double distance = number > read ? number - read : read - number, size = number < 0 ? -number : number;
    return distance <= size * 1e-15;
}

static bool same_value(const struct badge_json_value *value, const struct badge_rdf_term *term)
{
    struct badge_text text;
    double number;
    if (badge_json_is(value, BADGE_JSON_OBJECT)) {
        const struct badge_json_value *literal = badge_json_member(value, "@value");
        return literal ? !badge_json_is(literal, BADGE_JSON_OBJECT) && same_value(literal, term)
                       : term->kind == BADGE_RDF_IRI && badge_json_string(id_of(value), &text) &&
                             core_text_equal(text, term->value);
    }
    if (badge_json_string(value, &text))
        return term->kind != BADGE_RDF_BLANK && core_text_equal(text, term->value);
    if (term->kind != BADGE_RDF_LITERAL)
        return false;
    if (badge_json_number(value, &number))
        return same_number(number, term->value);
    return core_text_is(term->value, badge_json_is(value, BADGE_JSON_TRUE) ? "true" : "false") &&
           (badge_json_is(value, BADGE_JSON_TRUE) || badge_json_is(value, BADGE_JSON_FALSE));
}

/* -- values -------------------------------------------------------------------------------------------------------- */

static bool step(struct comparison *c, size_t n)
{
    c->n_steps += n;
    c->differs = c->differs || c->n_steps > MAX_STEPS;
    return !c->differs;
}

static void add(struct comparison *c, struct list *list, const void *item)
{
    if (list->n == list->capacity) {
        size_t wanted = list->capacity ? 2 * list->capacity : 8;
        const void **larger = badge_arena_alloc(c->arena, wanted * sizeof *larger);
        if (!larger) {
            c->differs = true;
            return;
        }
        if (list->n > 0)
            memcpy(larger, list->item, list->n * sizeof *larger);
        list->item = larger;
        list->capacity = wanted;
    }
    list->item[list->n++] = item;
}

/* A text in several languages: {"en": "…", "fr": ["…"]}. */
static bool is_language_map(const struct badge_json_value *value)
{
    return badge_json_is(value, BADGE_JSON_OBJECT) && !badge_json_member(value, "@value") && !id_of(value) &&
           !badge_json_member(value, "type") && !badge_json_member(value, "@type");
}

static void add_json(struct comparison *c, struct list *list, const struct badge_json_value *value, bool is_text)
{
    bool is_map = is_text && is_language_map(value);
    if (!value || badge_json_is(value, BADGE_JSON_NULL))
        return;
    if (!is_map && !badge_json_is(value, BADGE_JSON_ARRAY)) {
        add(c, list, value);
        return;
    }
    for (size_t i = 0; i < badge_json_count(value) && !c->differs; i++) {
        const struct badge_json_value *one = badge_json_at(value, i, NULL);
        if (is_map && badge_json_is(one, BADGE_JSON_ARRAY))
            add_json(c, list, one, false);
        else if (!badge_json_is(one, BADGE_JSON_NULL))
            add(c, list, one);
    }
}

static bool is_predicate(const struct badge_rdf_term *term, const struct property *property)
{
    for (size_t i = 0; i < MAX_IRIS && property->iri[i]; i++)
        if (term->kind == BADGE_RDF_IRI && core_text_is(term->value, property->iri[i]))
            return true;
    return false;
}

/* FNV-1a */
static size_t bucket_of(const struct comparison *c, const struct badge_rdf_term *term)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < term->value.len; i++)
        hash = (hash ^ (uint8_t)term->value.bytes[i]) * 16777619U;
    return hash & c->mask;
}

static void index_quads(struct comparison *c)
{
    size_t n = c->dataset->n, n_buckets = 16;
    while (n_buckets < n)
        n_buckets *= 2;
    c->bucket = badge_arena_alloc(c->arena, (n_buckets + n) * sizeof *c->bucket);
    c->differs = c->differs || !c->bucket || n > UINT32_MAX - 1;
    if (c->differs)
        return;
    c->next = c->bucket + n_buckets;
    c->mask = n_buckets - 1;
    memset(c->bucket, 0, n_buckets * sizeof *c->bucket);
    for (size_t i = n; i > 0; i--) {
        const struct badge_rdf_quad *quad = &c->dataset->quad[i - 1];
        if (quad->graph)
            continue;
        size_t at = bucket_of(c, quad->subject);
        c->next[i - 1] = c->bucket[at];
        c->bucket[at] = (uint32_t)i;
    }
}

/* The quads of the default graph that say something of the nodes. */
static void collect_quads(struct comparison *c, struct list *out, const struct list *terms)
{
    for (size_t k = 0; k < terms->n && !c->differs; k++) {
        for (uint32_t i = c->bucket[bucket_of(c, terms->item[k])]; i && step(c, 1); i = c->next[i - 1]) {
            const struct badge_rdf_quad *quad = &c->dataset->quad[i - 1];
            if (same_term(quad->subject, terms->item[k]))
                add(c, out, quad);
        }
    }
}

static void compare(struct comparison *c, const struct list *json, const struct list *terms)
{
    size_t n_nameless = 0, n_blank = 0;
    for (size_t i = 0; i < json->n && step(c, terms->n + 1); i++) {
        bool is_found = is_nameless(json->item[i]);
        n_nameless += is_found;
        for (size_t k = 0; k < terms->n && !is_found; k++)
            is_found = same_value(json->item[i], terms->item[k]);
        c->differs = c->differs || !is_found;
    }
    for (size_t k = 0; k < terms->n && step(c, json->n + 1); k++) {
        const struct badge_rdf_term *term = terms->item[k];
        bool is_found = term->kind == BADGE_RDF_BLANK;
        n_blank += is_found;
        for (size_t i = 0; i < json->n && !is_found; i++)
            is_found = !is_nameless(json->item[i]) && same_value(json->item[i], term);
        c->differs = c->differs || !is_found;
    }
    c->differs = c->differs || n_nameless != n_blank;
}

/* -- the walk ------------------------------------------------------------------------------------------------------ */

/* The node of the i-th term and the objects that describe it; of the first blank node all blank nodes. False: it was
 * already in an earlier group, or is not a node. */
static bool group_at(struct comparison *c, struct group *out, const struct values *nodes, size_t i, bool is_subject)
{
    const struct list *json = &nodes->json, *terms = &nodes->terms;
    const struct badge_rdf_term *term = terms->item[i];
    bool is_blank = term->kind == BADGE_RDF_BLANK;
    *out = (struct group){0};
    if (term->kind == BADGE_RDF_LITERAL || !step(c, terms->n + json->n))
        return false;
    for (size_t k = 0; k < i; k++) {
        const struct badge_rdf_term *earlier = terms->item[k];
        if (same_term(earlier, term) || (is_blank && earlier->kind == BADGE_RDF_BLANK))
            return false;
    }
    for (size_t k = 0; is_subject && !is_blank && k < c->compared.n; k++)
        if (same_term(c->compared.item[k], term))
            return false;
    if (is_subject && !is_blank)
        add(c, &c->compared, term);
    for (size_t k = i; k < terms->n; k++) {
        const struct badge_rdf_term *other = terms->item[k];
        if (k == i || (is_blank && other->kind == BADGE_RDF_BLANK))
            add(c, &out->terms, other);
    }
    for (size_t k = 0; k < json->n; k++) {
        const struct badge_json_value *object = json->item[k];
        if (badge_json_is(object, BADGE_JSON_OBJECT) &&
            (is_nameless(object) ? is_blank : !is_blank && !is_subject && same_value(object, term)))
            add(c, &out->objects, object);
    }
    for (size_t k = 0; is_subject && !is_blank && k < c->subjects.n && step(c, 1); k++)
        if (!is_nameless(c->subjects.item[k]) && same_value(c->subjects.item[k], term))
            add(c, &out->objects, c->subjects.item[k]);
    return !c->differs;
}

/* Compares one property of a group, and adds its values to all those of that property. */
static void compare_property(struct comparison *c, struct values *all, const struct group *group,
                             const struct list *quads, const struct property *property)
{
    struct values values = {{0}, {0}};
    bool is_text = strcmp(property->name, "name") == 0;
    for (size_t k = 0; k < group->objects.n && !c->differs; k++) {
        const struct badge_json_value *object = group->objects.item[k];
        bool is_clr = (property->is_clr || property->is_not_clr) && reading_has_type(object, "ClrSubject");
        if (is_clr ? !property->is_not_clr : !property->is_clr)
            add_json(c, &values.json, badge_json_member(object, property->name), is_text);
    }
    for (size_t k = 0; k < quads->n && step(c, 1); k++) {
        const struct badge_rdf_quad *quad = quads->item[k];
        if (is_predicate(quad->predicate, property))
            add(c, &values.terms, quad->object);
    }
    compare(c, &values.json, &values.terms);
    for (size_t k = 0; k < values.json.n && !c->differs && property->of; k++)
        add(c, &all->json, values.json.item[k]);
    for (size_t k = 0; k < values.terms.n && !c->differs && property->of; k++)
        add(c, &all->terms, values.terms.item[k]);
}

/* Nodes that are compared alike are compared together: one achievement may be a value of two properties. */
static size_t slot_of(const struct property *property, size_t k)
{
    size_t first = 0;
    while (property[first].of != property[k].of)
        first++;
    return first;
}

/* All nodes of one level, and then those that are values of their properties. */
static void compare_level(struct comparison *c, const struct values *nodes, const struct property *property, size_t n,
                          unsigned depth)
{
    struct values all[MAX_PROPERTIES] = {{{0}, {0}}};
    BADGE_ASSERT(n <= MAX_PROPERTIES);
    c->differs = c->differs || depth > MAX_DEPTH;
    for (size_t i = 0; i < nodes->terms.n && !c->differs; i++) {
        struct group group;
        struct list quads = {0};
        if (!group_at(c, &group, nodes, i, property == of_subject))
            continue;
        collect_quads(c, &quads, &group.terms);
        for (size_t k = 0; k < n && !c->differs; k++)
            compare_property(c, &all[slot_of(property, k)], &group, &quads, &property[k]);
    }
    for (size_t k = 0; k < n && !c->differs; k++)
        if (property[k].of && slot_of(property, k) == k && all[k].terms.n > 0)
            compare_level(c, &all[k], property[k].of, property[k].n_of, depth + 1);
}

static void compare_root(struct comparison *c, const struct badge_json_value *object, const struct property *property,
                         size_t n)
{
    struct values root = {{0}, {0}};
    index_quads(c);
    add(c, &root.json, object);
    add(c, &root.terms, c->dataset->root);
    compare(c, &root.json, &root.terms);
    compare_level(c, &root, property, n, 0);
}

/* -- types --------------------------------------------------------------------------------------------------------- */

/* Whether the root is of a type whose IRI ends in this name. */
static bool has_type(const struct badge_rdf_dataset *dataset, struct badge_text name)
{
    for (size_t i = 0; i < dataset->n; i++) {
        const struct badge_rdf_quad *quad = &dataset->quad[i];
        struct badge_text iri = quad->object->value;
        if (quad->graph || !same_term(quad->subject, dataset->root) ||
            !core_text_is(quad->predicate->value, RDF_TYPE) || iri.len <= name.len)
            continue;
        char before = iri.bytes[iri.len - name.len - 1];
        if ((before == '#' || before == '/') && memcmp(iri.bytes + iri.len - name.len, name.bytes, name.len) == 0)
            return true;
    }
    return false;
}

/* Whether it is a credential for one of the two alone; or a record, of which nothing is said, by a type that is not
 * its own. */
static bool hides_types(const struct badge_rdf_dataset *dataset, const struct badge_json_value *credential)
{
    static const struct badge_text name = {"VerifiableCredential", 20};
    const struct badge_json_value *types = badge_json_member(credential, "type");
    struct badge_text type;
    if (has_type(dataset, name) != reading_has_type(credential, name.bytes))
        return true;
    if (!shape_is_record(credential))
        return false;
    if (badge_json_string(types, &type))
        return !has_type(dataset, type);
    for (size_t i = 0; i < badge_json_count(types); i++)
        if (badge_json_string(badge_json_at(types, i, NULL), &type) && !has_type(dataset, type))
            return true;
    return !badge_json_is(types, BADGE_JSON_ARRAY);
}

/* -- credentials within a CLR -------------------------------------------------------------------------------------- */

static const struct badge_json_value *item_at(const struct badge_json_value *value, size_t i)
{
    return badge_json_is(value, BADGE_JSON_ARRAY) ? badge_json_at(value, i, NULL) : i == 0 ? value : NULL;
}

static void collect_subjects(struct comparison *c, const struct badge_json_value *credential, unsigned depth)
{
    const struct badge_json_value *subject, *enclosed;
    for (size_t i = 0; (subject = item_at(badge_json_member(credential, "credentialSubject"), i)) && step(c, 1); i++) {
        if (!badge_json_is(subject, BADGE_JSON_OBJECT))
            continue;
        add(c, &c->subjects, subject);
        for (size_t k = 0; (enclosed = item_at(badge_json_member(subject, "verifiableCredential"), k)); k++) {
            c->differs = c->differs || depth > MAX_DEPTH;
            if (!c->differs)
                collect_subjects(c, enclosed, depth + 1);
        }
    }
}

bool hidden_claims(struct badge_arena *arena, const struct badge_rdf_dataset *dataset,
                   const struct badge_json_value *credential)
{
    struct comparison c = {.arena = arena, .dataset = dataset};
    if (!dataset->root || own_terms_mislead(credential) || hides_types(dataset, credential))
        return true;
    collect_subjects(&c, credential, 0);
    compare_root(&c, credential, of_credential, ARRAY_LEN(of_credential));
    return c.differs;
}

bool hidden_options(struct badge_arena *arena, const struct badge_rdf_dataset *dataset,
                    const struct badge_json_value *options, bool is_presentation)
{
    static const struct property purpose = {.name = "proofPurpose", .iri = {SEC "proofPurpose"}};
    struct comparison c = {.arena = arena, .dataset = dataset};
    size_t n_purposes = 0;
    if (!dataset->root)
        return true;
    compare_root(&c, options, of_options, ARRAY_LEN(of_options));
    for (size_t i = 0; i < dataset->n; i++) {
        const struct badge_rdf_quad *quad = &dataset->quad[i];
        if (quad->graph || !same_term(quad->subject, dataset->root) || !is_predicate(quad->predicate, &purpose))
            continue;
        n_purposes++;
        c.differs = c.differs || quad->object->kind != BADGE_RDF_IRI ||
                    !core_text_is(quad->object->value,
                                  is_presentation ? SEC "authenticationMethod" : SEC "assertionMethod");
    }
    return c.differs || n_purposes != 1;
}

/*
 * Reads where a document has its status. inquiry.c calls it.
 *
 * Invariant: what is there and can't be read is an entry with an error, and never the same as none.
 */
#include "status/entries.h"

#include <string.h>

#include "core/claims.h"
#include "core/compiler.h"
#include "core/shape.h"
#include "core/text.h"
#include "core/web.h"

#define MAX_SIZE 32
#define MAX_URL_LEN 511

/* -- members ------------------------------------------------------------------------------------------------------- */

static struct badge_text text_of(const struct badge_json_value *value)
{
    struct badge_text text = {"", 0};
    (void)badge_json_string(value, &text);
    return text;
}

static void fault(struct status_entry *entry, enum status_error error, const char *why)
{
    if (entry->error != STATUS_NO_ERROR)
        return;
    entry->error = error;
    entry->why = why;
}

static void read_url(struct status_entry *entry, const struct badge_json_value *value)
{
    entry->url = text_of(value);
    if (!web_url_is_https(entry->url) || entry->url.len > MAX_URL_LEN)
        fault(entry, STATUS_MALFORMED_VALUE,
              value ? "the address of its list is not an https URL that is fetched" : "it does not name a list");
}

/* A decimal text; a number and leading zeros are read leniently. */
static void read_index(struct status_entry *entry, const struct badge_json_value *value)
{
    struct badge_text text;
    int64_t number;
    if (badge_json_integer(value, &number) && number >= 0) {
        entry->index = (uint64_t)number;
        entry->has_lenient_index = true;
        return;
    }
    if (!badge_json_string(value, &text) || text.len == 0) {
        fault(entry, STATUS_MALFORMED_VALUE, value ? "its place in the list is not a number" : "it has no place");
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') {
            fault(entry, STATUS_MALFORMED_VALUE, "its place in the list is not a decimal number");
            return;
        }
        uint64_t digit = (uint64_t)(text.bytes[i] - '0');
        entry->index = entry->index > (UINT64_MAX - digit) / 10 ? UINT64_MAX : entry->index * 10 + digit;
    }
    entry->has_lenient_index = text.len > 1 && *text.bytes == '0';
}

static void read_size(struct status_entry *entry, const struct badge_json_value *object)
{
    const struct badge_json_value *member = reading_member(object, "statusSize");
    int64_t size = 1;
    entry->messages = reading_member(object, "statusMessage");
    if (member && (!badge_json_integer(member, &size) || size < 1))
        fault(entry, STATUS_MALFORMED_VALUE, "its statusSize is not a positive integer");
    else if (size > MAX_SIZE)
        fault(entry, STATUS_TYPE_UNKNOWN, "its statusSize is more than 32 bits");
    else
        entry->size = (unsigned)size;
    if (entry->messages && !badge_json_is(entry->messages, BADGE_JSON_ARRAY))
        fault(entry, STATUS_MALFORMED_VALUE, "its statusMessage is not an array");
    if (entry->size > 1 && badge_json_count(entry->messages) != (uint64_t)1 << entry->size)
        fault(entry, STATUS_MALFORMED_VALUE, "its statusMessage does not have one message for each status");
}

static void read_purpose(struct status_entry *entry, const struct badge_json_value *object)
{
    entry->purpose = text_of(reading_member(object, "statusPurpose"));
    if (entry->purpose.len == 0)
        fault(entry, STATUS_MALFORMED_VALUE, "it has no statusPurpose that is a text");
}

/* -- kinds --------------------------------------------------------------------------------------------------------- */

static enum status_kind kind_of(const struct badge_json_value *object)
{
    static const struct {
        const char *type;
        enum status_kind kind;
    } known[] = {{"BitstringStatusListEntry", STATUS_BITSTRING},
                 {"StatusList2021Entry", STATUS_LIST_2021},
                 {"RevocationList2020Status", STATUS_REVOCATION_2020},
                 {"1EdTechRevocationList", STATUS_1EDTECH}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (reading_has_type(object, known[i].type))
            return known[i].kind;
    return STATUS_KIND_UNKNOWN;
}

static void read_bits(struct status_entry *entry, const struct badge_json_value *object)
{
    bool is_2020 = entry->kind == STATUS_REVOCATION_2020;
    const struct badge_json_value *id = claims_id(object);
    read_url(entry, reading_member(object, is_2020 ? "revocationListCredential" : "statusListCredential"));
    read_index(entry, reading_member(object, is_2020 ? "revocationListIndex" : "statusListIndex"));
    if (is_2020) {
        entry->purpose = (struct badge_text){"revocation", strlen("revocation")};
        return;
    }
    read_purpose(entry, object);
    if (entry->kind == STATUS_BITSTRING)
        read_size(entry, object);
    if (id && core_text_equal(text_of(id), entry->url))
        fault(entry, STATUS_MALFORMED_VALUE, "its id is the address of the list");
}

static void read_entry(struct status_entry *entry, const struct badge_json_value *object)
{
    entry->kind = kind_of(object);
    entry->size = 1;
    switch (entry->kind) {
    case STATUS_BITSTRING:
    case STATUS_LIST_2021:
    case STATUS_REVOCATION_2020:
        read_bits(entry, object);
        break;
    case STATUS_1EDTECH:
        entry->purpose = (struct badge_text){"revocation", strlen("revocation")};
        read_url(entry, claims_id(object));
        break;
    default:
        if (badge_json_is(object, BADGE_JSON_OBJECT) &&
            (reading_member(object, "type") || reading_member(object, "@type")))
            fault(entry, STATUS_TYPE_UNKNOWN, "");
        else
            fault(entry, STATUS_MALFORMED_VALUE, "its credentialStatus is not an object with a type");
    }
}

/* -- documents ----------------------------------------------------------------------------------------------------- */

/* The place for another entry whose JSON is this; NULL: there is no more room, or it has been read in another layer. */
static struct status_entry *add(struct status_entries *out, struct badge_text json)
{
    for (size_t i = 0; i < out->n; i++)
        if (core_text_equal(out->entry[i].json, json))
            return NULL;
    if (out->n == BADGE_MAX_STATUSES) {
        out->has_more = true;
        return NULL;
    }
    struct status_entry *entry = &out->entry[out->n++];
    *entry = (struct status_entry){.json = json, .url = {"", 0}, .purpose = {"", 0}, .why = ""};
    return entry;
}

/* A copy of its own, so that the document need not outlive the call. */
static enum badge_status copy(struct badge_text *json, const struct badge_json_value **out, struct badge_arena *arena,
                              const struct badge_json_value *value)
{
    enum badge_status status = badge_json_canonicalize(json, arena, value, NULL);
    return status == BADGE_OK ? badge_json_parse(out, arena, json->bytes, json->len, NULL) : status;
}

static enum badge_status add_entry(struct status_entries *out, struct badge_arena *arena,
                                   const struct badge_json_value *value)
{
    const struct badge_json_value *own = NULL;
    struct badge_text json;
    enum badge_status status = copy(&json, &own, arena, value);
    if (status == BADGE_ENOMEM)
        return status;
    struct status_entry *entry = add(out, json);
    if (entry && status == BADGE_OK)
        read_entry(entry, own);
    else if (entry) /* a number that its own canonical form has not (badge/json.h) */
        fault(entry, STATUS_MALFORMED_VALUE, "it has a number that can't be read");
    return BADGE_OK;
}

static enum badge_status add_entries(struct status_entries *out, struct badge_arena *arena,
                                     const struct badge_json_value *member)
{
    enum badge_status status = BADGE_OK;
    if (!badge_json_is(member, BADGE_JSON_ARRAY))
        return add_entry(out, arena, member);
    for (size_t i = 0; i < badge_json_count(member) && !out->has_more && status == BADGE_OK; i++)
        if (!badge_json_is(badge_json_at(member, i, NULL), BADGE_JSON_NULL))
            status = add_entry(out, arena, badge_json_at(member, i, NULL));
    return status;
}

/* Of Open Badges 2.0: a list of its issuer, by its address or as an object with it. */
static enum badge_status add_list(struct status_entries *out, struct badge_arena *arena,
                                  const struct badge_json_value *member)
{
    const struct badge_json_value *own;
    struct badge_text json;
    enum badge_status status = copy(&json, &own, arena, member);
    if (status != BADGE_OK)
        return status;
    struct status_entry *entry = add(out, json);
    if (!entry)
        return BADGE_OK;
    entry->kind = STATUS_OPEN_BADGES_2;
    entry->purpose = (struct badge_text){"revocation", strlen("revocation")};
    read_url(entry, badge_json_is(own, BADGE_JSON_OBJECT) ? claims_id(own) : own);
    return BADGE_OK;
}

/* Where the assertion says that its copy stands, if it says so; only an https URL is asked for. */
static const struct badge_json_value *hosted_address(const struct badge_json_value *assertion)
{
    const struct badge_json_value *verification = reading_member(assertion, "verification"),
                                  *verify = reading_member(assertion, "verify");
    if (reading_has_type(verification, "hosted") || reading_has_type(verification, "HostedBadge"))
        return claims_id(assertion);
    if (reading_has_type(verify, "hosted") || reading_has_type(verify, "HostedBadge"))
        return reading_member(verify, "url") ? reading_member(verify, "url") : claims_id(assertion);
    return NULL;
}

static enum badge_status add_hosted(struct status_entries *out, struct badge_arena *arena,
                                    const struct badge_json_value *assertion)
{
    const struct badge_json_value *own;
    struct badge_text json, url = text_of(hosted_address(assertion));
    if (!web_url_is_https(url) || url.len > MAX_URL_LEN)
        return BADGE_OK;
    enum badge_status status = copy(&json, &own, arena, assertion);
    if (status != BADGE_OK)
        return status == BADGE_ENOMEM ? status : BADGE_OK;
    struct status_entry *entry = add(out, json);
    if (entry) {
        entry->kind = STATUS_HOSTED;
        entry->url = text_of(hosted_address(own));
    }
    return BADGE_OK;
}

static enum badge_status add_id(struct status_entries *out, struct badge_arena *arena,
                                const struct badge_json_value *member)
{
    struct badge_text id = text_of(member);
    if (id.len == 0 || out->n_ids == STATUS_MAX_IDS)
        return BADGE_OK;
    char *own = badge_arena_alloc(arena, id.len);
    if (!own)
        return BADGE_ENOMEM;
    memcpy(own, id.bytes, id.len);
    out->id[out->n_ids++] = (struct badge_text){own, id.len};
    return BADGE_OK;
}

/*
 * Whether the layer is a presentation that was opened, or a token round one: the credential's issuer did not write it.
 * The id of a graph or a request is its own.
 */
static bool is_round_credential(const struct badge_reading *reading, size_t layer)
{
    enum badge_layer_kind kind = reading->layer[layer].kind;
    for (size_t i = layer; i + 1 < reading->n_layers; i++)
        if (reading->layer[i].kind == BADGE_LAYER_PRESENTATION)
            return true;
    return layer + 1 < reading->n_layers && (kind == BADGE_LAYER_GRAPH || kind == BADGE_LAYER_REQUEST);
}

/* What a presentation names is never good, and never revokes the credential; nor does its id name the credential. */
static enum badge_status read_wrapper(struct status_entries *out, struct badge_arena *arena,
                                      const struct badge_layer *layer)
{
    const struct badge_json_value *member = reading_member(layer->object, "credentialStatus");
    size_t n = out->n;
    enum badge_status status = member ? add_entries(out, arena, member) : BADGE_OK;
    for (; n < out->n; n++)
        fault(&out->entry[n], STATUS_MALFORMED_VALUE, "it stands outside of the credential");
    return status;
}

static enum badge_status read_layer(struct status_entries *out, struct badge_arena *arena,
                                    const struct badge_layer *layer)
{
    const struct badge_json_value *object = layer->object, *member = reading_member(object, "credentialStatus");
    const struct badge_json_value *issuer = reading_member(reading_member(object, "badge"), "issuer");
    enum badge_status status = member ? add_entries(out, arena, member) : BADGE_OK;
    if (status == BADGE_OK)
        status = add_id(out, arena, claims_id(object));
    if (status == BADGE_OK)
        status = add_id(out, arena, reading_member(object, "jti"));
    if (status != BADGE_OK || (!reading_is_assertion(object) && !reading_has_type(object, "Assertion")))
        return status;
    status = add_id(out, arena, reading_member(object, "uid"));
    if (status == BADGE_OK && reading_member(issuer, "revocationList"))
        status = add_list(out, arena, reading_member(issuer, "revocationList"));
    return status == BADGE_OK ? add_hosted(out, arena, object) : status;
}

/* What is named, and is not an entry that is read: a store of OpenAttestation, or an empty list of entries. */
static void add_unknown(struct status_entries *out, const struct badge_reading *reading)
{
    bool is_unknown = false, has_entry = false;
    for (size_t i = 0; i < out->n; i++)
        has_entry = has_entry || out->entry[i].kind != STATUS_HOSTED;
    for (size_t i = 0; i < reading->n_layers; i++) {
        const struct badge_layer *layer = &reading->layer[i];
        is_unknown = is_unknown || claims_has_store(layer) ||
                     (!has_entry && reading_member(layer->object, "credentialStatus"));
    }
    struct status_entry *entry = is_unknown ? add(out, (struct badge_text){"", 0}) : NULL;
    if (entry)
        fault(entry, STATUS_TYPE_UNKNOWN, "");
}

enum badge_status status_entries_read(struct status_entries *out, struct badge_arena *arena,
                                      const struct badge_reading *reading)
{
    enum badge_status status = BADGE_OK;
    out->n = out->n_ids = 0;
    out->has_more = false;
    for (size_t i = 0; i < reading->n_layers && status == BADGE_OK; i++)
        if (!is_round_credential(reading, i))
            status = read_layer(out, arena, &reading->layer[i]);
    for (size_t i = 0; i < reading->n_layers && status == BADGE_OK; i++) /* after the entries that they may repeat */
        if (is_round_credential(reading, i))
            status = read_wrapper(out, arena, &reading->layer[i]);
    if (status == BADGE_OK)
        add_unknown(out, reading);
    return status;
}

/*
 * Reads a status list from the bytes at its address: what it is, whose it is, until when it holds, and its bits.
 *
 * Invariant: a list without an error is signed by a key of its issuer, or is of a kind that need not be; what is only
 * nearly a list has no bits that could be read.
 */
#include "status/list.h"

#include <stdlib.h>
#include <string.h>

#include "core/claims.h"
#include "core/compiler.h"
#include "core/format.h"
#include "core/text.h"
#include "core/web.h"
#include "status/encoded.h"

#define MAX_ARENA ((size_t)64 << 20)
#define MAX_PURPOSES 16
#define FAILED_TTL_S 60       /* of what is not a list: it may be mended soon */
#define MAX_TTL_S (7 * 86400) /* whatever it states */

static struct badge_text text_of(const struct badge_json_value *value)
{
    struct badge_text text = {"", 0};
    (void)badge_json_string(value, &text);
    return text;
}

static void refuse(struct badge_status_list *list, const char *why)
{
    if (list->error != STATUS_NO_ERROR)
        return;
    list->error = STATUS_VERIFICATION;
    (void)core_format(list->why, sizeof list->why, "%s", why);
}

static void refuse_value(struct badge_status_list *list, const char *why)
{
    if (list->error == STATUS_NO_ERROR) {
        refuse(list, why);
        list->error = STATUS_MALFORMED_VALUE;
    }
}

/* -- kinds --------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *type, *subject_type;
    enum status_kind kind;
} signed_kind[] = {
    {"BitstringStatusListCredential", "BitstringStatusList", STATUS_BITSTRING},
    {"StatusList2021Credential", "StatusList2021", STATUS_LIST_2021},
    {"RevocationList2020Credential", "RevocationList2020", STATUS_REVOCATION_2020},
};

static bool is_signed(enum status_kind kind)
{
    return kind == STATUS_BITSTRING || kind == STATUS_LIST_2021 || kind == STATUS_REVOCATION_2020;
}

static enum status_kind kind_of_object(const struct badge_json_value *object)
{
    for (size_t i = 0; i < ARRAY_LEN(signed_kind); i++)
        if (reading_has_type(object, signed_kind[i].type))
            return signed_kind[i].kind;
    if (reading_has_type(object, "1EdTechRevocationList") || badge_json_member(object, "revokedCredential") ||
        badge_json_member(object, "revokedCredentials"))
        return STATUS_1EDTECH;
    if (reading_has_type(object, "RevocationList") || badge_json_member(object, "revokedAssertions"))
        return STATUS_OPEN_BADGES_2;
    return badge_json_is(object, BADGE_JSON_OBJECT) ? STATUS_HOSTED : STATUS_KIND_UNKNOWN;
}

/* The innermost object that is a list; else the outermost, as the copy of an assertion. */
static enum status_kind find_list(const struct badge_json_value **out, const struct badge_reading *reading)
{
    for (size_t i = reading->n_layers; i-- > 0;) {
        enum status_kind kind = kind_of_object(reading->layer[i].object);
        *out = reading->layer[i].object;
        if (kind != STATUS_KIND_UNKNOWN && kind != STATUS_HOSTED)
            return kind;
    }
    *out = reading->layer[0].object;
    return kind_of_object(*out);
}

bool badge_status_needs_proof(const struct badge_digester *digester)
{
    const struct badge_json_value *object;
    return is_signed(find_list(&object, badge_digester_reading(digester)));
}

/* -- what it says -------------------------------------------------------------------------------------------------- */

static enum badge_status copy(struct badge_text *out, struct badge_status_list *list, struct badge_text text)
{
    char *own = badge_arena_alloc(&list->arena, text.len + 1);
    if (!own)
        return BADGE_ENOMEM;
    if (text.len > 0)
        memcpy(own, text.bytes, text.len);
    own[text.len] = '\0';
    *out = (struct badge_text){own, text.len};
    return BADGE_OK;
}

/* Whose signature: only one that holds by a key bound to the list's issuer counts. */
static void check_proof(struct badge_status_list *list, const struct badge_proof_view *proof)
{
    const char *code = proof && proof->is_made ? proof->code : "proof_not_checked";
    char why[sizeof list->why];
    if (proof && proof->is_made && proof->outcome == BADGE_PASSED && !proof->hides_claims) {
        if (proof->made_before_s && (!list->has_not_after || proof->made_before_s <= list->not_after_s)) {
            list->has_not_after = true;
            list->not_after_s = proof->made_before_s - 1;
        }
        return;
    }
    bool is_absent = strcmp(code, "no_proof") == 0, is_unbound = strcmp(code, "proof_key_not_bound") == 0;
    (void)core_format(why, sizeof why, "%s%s%s",
                      is_absent    ? "it is not signed"
                      : is_unbound ? "nothing binds the key of its signature to its issuer"
                                   : "its signature does not count",
                      proof && proof->detail[0] && !is_absent ? ": " : "", proof && !is_absent ? proof->detail : "");
    refuse(list, why);
}

static void read_ttl(struct badge_status_list *list, const struct badge_json_value *subject)
{
    double ms;
    list->ttl_s = BADGE_STATUS_DEFAULT_TTL_S;
    if (badge_json_number(badge_json_member(subject, "ttl"), &ms) && ms >= 0)
        list->ttl_s = ms / 1000 > MAX_TTL_S ? MAX_TTL_S : (int64_t)(ms / 1000);
}

/* A text, or an array of them. errors    BADGE_ENOMEM */
static enum badge_status read_purposes(struct badge_status_list *list, const struct badge_json_value *member)
{
    bool is_array = badge_json_is(member, BADGE_JSON_ARRAY);
    size_t n = is_array ? badge_json_count(member) : 1;
    if (n > MAX_PURPOSES)
        n = MAX_PURPOSES;
    list->purpose = badge_arena_alloc(&list->arena, (n + 1) * sizeof *list->purpose);
    if (!list->purpose)
        return BADGE_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        struct badge_text text = text_of(is_array ? badge_json_at(member, i, NULL) : member);
        if (text.len > 0 && copy(&list->purpose[list->n_purposes++], list, text) != BADGE_OK)
            return BADGE_ENOMEM;
    }
    if (list->n_purposes == 0)
        refuse_value(list, "it has no statusPurpose");
    return BADGE_OK;
}

static enum badge_status read_bits(struct badge_status_list *list, const struct badge_json_value *object)
{
    static const struct badge_text revocation = {"revocation", sizeof "revocation" - 1};
    const struct badge_json_value *subject = reading_member(object, "credentialSubject");
    struct encoded_list encoded = {.len = 0};
    bool has_type = false;
    for (size_t i = 0; i < ARRAY_LEN(signed_kind); i++)
        if (signed_kind[i].kind == list->kind)
            has_type = reading_has_type(subject, signed_kind[i].subject_type);
    read_ttl(list, subject);
    if (!has_type)
        refuse_value(list, "its credentialSubject is not a list");
    if (list->kind == STATUS_REVOCATION_2020) {
        list->purpose = badge_arena_alloc(&list->arena, sizeof *list->purpose);
        if (!list->purpose)
            return BADGE_ENOMEM;
        list->purpose[list->n_purposes++] = revocation;
    } else if (read_purposes(list, reading_member(subject, "statusPurpose")) != BADGE_OK) {
        return BADGE_ENOMEM;
    }
    enum badge_status status = encoded_list_read(&encoded, text_of(reading_member(subject, "encodedList")),
                                                 list->kind == STATUS_BITSTRING);
    if (status == BADGE_ESYNTAX)
        refuse_value(list, list->kind == STATUS_BITSTRING ? "its encodedList is not u and base64url"
                                                          : "its encodedList is not base64url");
    if (status == BADGE_ENOMEM)
        return status;
    list->compressed = encoded.bytes;
    list->compressed_len = encoded.len;
    list->is_padded = encoded.is_padded;
    list->is_open = list->error == STATUS_NO_ERROR;
    return BADGE_OK;
}

/* One member of a plain list: an id, or an object with one. Open Badges 2.0 names an assertion by its uid too. */
static enum badge_status read_revoked(struct badge_status_list *list, const struct badge_json_value *value)
{
    bool is_object = badge_json_is(value, BADGE_JSON_OBJECT);
    struct badge_text id = text_of(is_object ? claims_id(value) : value), none = {"", 0};
    if (is_object && id.len == 0)
        id = text_of(reading_member(value, "uid"));
    if (id.len == 0) {
        refuse_value(list, "one of its members does not name a credential");
        return BADGE_OK;
    }
    if (badge_json_is(badge_json_member(value, "revoked"), BADGE_JSON_FALSE))
        return BADGE_OK;
    struct revoked_id *revoked = &list->revoked[list->n_revoked];
    revoked->place = list->n_revoked++;
    enum badge_status status = copy(&revoked->id, list, id);
    return status == BADGE_OK
               ? copy(&revoked->reason, list, is_object ? text_of(reading_member(value, "revocationReason")) : none)
               : status;
}

static int compare_text(struct badge_text a, struct badge_text b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.bytes, b.bytes, shorter) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_revoked(const void *left, const void *right)
{
    const struct revoked_id *a = left, *b = right;
    int order = compare_text(a->id, b->id);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static enum badge_status read_plain(struct badge_status_list *list, const struct badge_json_value *object)
{
    const struct badge_json_value *member = badge_json_member(object, "revokedAssertions");
    if (list->kind == STATUS_1EDTECH)
        member = badge_json_member(object, "revokedCredential") ? badge_json_member(object, "revokedCredential")
                                                                : badge_json_member(object, "revokedCredentials");
    size_t n = badge_json_count(member);
    if (!badge_json_is(member, BADGE_JSON_ARRAY)) {
        refuse_value(list, "it has no list of what is revoked");
        return BADGE_OK;
    }
    list->revoked = badge_arena_alloc(&list->arena, (n + 1) * sizeof *list->revoked);
    if (!list->revoked)
        return BADGE_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (read_revoked(list, badge_json_at(member, i, NULL)) != BADGE_OK)
            return BADGE_ENOMEM;
    qsort(list->revoked, list->n_revoked, sizeof *list->revoked, compare_revoked);
    return BADGE_OK;
}

static enum badge_status read_copy(struct badge_status_list *list, const struct badge_json_value *object)
{
    list->says_revoked = badge_json_is(badge_json_member(object, "revoked"), BADGE_JSON_TRUE);
    enum badge_status status = copy(&list->reason, list, text_of(badge_json_member(object, "revocationReason")));
    return status == BADGE_OK ? badge_json_canonicalize(&list->copy, &list->arena, object, NULL) : status;
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

/* The list's own issuer and period, as of any other credential. */
static enum badge_status read_claims(struct badge_status_list *list, const struct badge_reading *reading,
                                     const struct badge_json_value *object)
{
    struct badge_claims claims;
    badge_claims_read(&claims, reading);
    if (claims.issuer_err.status != BADGE_OK && claims.issuer_err.status != BADGE_ENOTFOUND &&
        list->kind != STATUS_HOSTED)
        refuse(list, "its issuer can't be read");
    if (claims.period_err.status != BADGE_OK && list->kind != STATUS_HOSTED)
        refuse(list, "its period of validity can't be read");
    if (list->kind != STATUS_HOSTED) {
        list->has_not_before = claims.has_not_before;
        list->not_before_s = claims.not_before_s;
        list->has_not_after = claims.has_not_after;
        list->not_after_s = claims.not_after_s;
    }
    enum badge_status status = copy(&list->issuer, list, claims.issuer);
    return status == BADGE_OK ? copy(&list->id, list, text_of(claims_id(object))) : status;
}

static enum badge_status read_list(struct badge_status_list *list, const struct badge_status_source *source,
                                   const struct badge_digester *digester, const struct badge_proof_view *proof)
{
    const struct badge_reading *reading = badge_digester_reading(digester);
    const struct badge_json_value *object;
    list->kind = find_list(&object, reading);
    list->is_given = source->is_given;
    list->read_s = source->now_s;
    list->ttl_s = BADGE_STATUS_DEFAULT_TTL_S;
    if (!source->is_given && source->http_status != 200 &&
        (source->http_status != 410 || list->kind != STATUS_HOSTED)) {
        (void)core_format(list->why, sizeof list->why, "its host answered with status %d", source->http_status);
        list->error = STATUS_VERIFICATION;
    }
    if (list->kind == STATUS_KIND_UNKNOWN)
        refuse(list, "what stands at its address is not a list");
    if (list->error != STATUS_NO_ERROR)
        return BADGE_OK;
    if (!is_signed(list->kind) && !source->is_given && !web_is_json(source->media_type, source->has_disposition))
        refuse(list, "what stands at its address is not JSON by its headers");
    if (read_claims(list, reading, object) != BADGE_OK)
        return BADGE_ENOMEM;
    if (list->kind == STATUS_HOSTED)
        return read_copy(list, object);
    if (!is_signed(list->kind))
        return read_plain(list, object);
    check_proof(list, proof);
    return read_bits(list, object);
}

static void drop_compressed(struct badge_status_list *list)
{
    free(list->compressed);
    list->compressed = NULL;
    list->compressed_len = 0;
    list->is_open = false;
}

enum badge_status badge_status_list_new(struct badge_status_list **out, const struct badge_status_source *source,
                                        const struct badge_digester *digester, const struct badge_proof_view *proof,
                                        struct badge_err *err)
{
    struct badge_status_list *list = calloc(1, sizeof *list);
    if (!list)
        return badge_no_memory(err);
    badge_arena_init(&list->arena, MAX_ARENA);
    if (read_list(list, source, digester, proof) != BADGE_OK) {
        badge_status_list_free(list);
        return badge_no_memory(err);
    }
    if (!list->is_open)
        drop_compressed(list);
    *out = list;
    return BADGE_OK;
}

void badge_status_list_free(struct badge_status_list *list)
{
    if (!list)
        return;
    free(list->compressed);
    free(list->bits);
    badge_arena_release(&list->arena);
    free(list);
}

/* -- the bits ------------------------------------------------------------------------------------------------------ */

struct badge_text badge_status_list_compressed(const struct badge_status_list *list)
{
    return (struct badge_text){(const char *)list->compressed, list->compressed_len};
}

void badge_status_list_take_bits(struct badge_status_list *list, uint8_t *bits, size_t len)
{
    if (!list->is_open || len > BADGE_STATUS_MAX_INFLATED) {
        if (list->is_open)
            badge_status_list_fail_bits(list, "it inflates to more than 64 MiB");
        free(bits);
        return;
    }
    list->bits = bits;
    list->bits_len = len;
    drop_compressed(list);
}

void badge_status_list_fail_bits(struct badge_status_list *list, const char *why)
{
    char clause[sizeof list->why];
    if (!list->is_open)
        return;
    (void)core_format(clause, sizeof clause, "its encodedList can't be inflated: %s", why);
    refuse_value(list, clause);
    drop_compressed(list);
}

int64_t badge_status_list_ttl(const struct badge_status_list *list)
{
    int64_t ttl_s = list->error == STATUS_NO_ERROR ? list->ttl_s : FAILED_TTL_S;
    if (list->has_not_after && list->not_after_s < list->read_s + ttl_s)
        ttl_s = list->not_after_s < list->read_s ? 0 : list->not_after_s - list->read_s;
    return ttl_s;
}

size_t badge_status_list_memory(const struct badge_status_list *list)
{
    return sizeof *list + list->arena.used + list->compressed_len + list->bits_len;
}

/* -- what it says of an entry -------------------------------------------------------------------------------------- */

static bool has_purpose(const struct badge_status_list *list, struct badge_text purpose)
{
    for (size_t i = 0; i < list->n_purposes; i++)
        if (core_text_equal(list->purpose[i], purpose))
            return true;
    return false;
}

enum status_error status_list_value(uint32_t *value, const struct status_entry *entry,
                                    const struct badge_status_list *list, bool strict)
{
    uint64_t n_bits = (uint64_t)list->bits_len * 8;
    *value = 0;
    if (entry->error != STATUS_NO_ERROR)
        return entry->error;
    if (strict && (entry->has_lenient_index || list->is_padded))
        return STATUS_MALFORMED_VALUE;
    if (list->error != STATUS_NO_ERROR)
        return list->error;
    if (!has_purpose(list, entry->purpose))
        return STATUS_VERIFICATION;
    if (strict && n_bits < STATUS_MIN_PLACES)
        return STATUS_LIST_LENGTH;
    if (entry->index >= n_bits / entry->size)
        return STATUS_RANGE;
    for (uint64_t i = entry->index * entry->size; i < (entry->index + 1) * entry->size; i++)
        *value = *value << 1 | (list->bits[i / 8] >> (7 - i % 8) & 1);
    return STATUS_NO_ERROR;
}

/* The first one of this id; NULL: there is none. */
static const struct revoked_id *find_id(const struct badge_status_list *list, struct badge_text id)
{
    size_t low = 0, high = list->n_revoked;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(list->revoked[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->n_revoked && core_text_equal(list->revoked[low].id, id) ? &list->revoked[low] : NULL;
}

const struct revoked_id *status_list_find(const struct badge_status_list *list, const struct badge_text *id,
                                          size_t n_ids)
{
    const struct revoked_id *first = NULL;
    for (size_t k = 0; k < n_ids; k++) {
        const struct revoked_id *found = find_id(list, id[k]);
        if (found && (!first || found->place < first->place))
            first = found;
    }
    return first;
}

const char *status_error_name(enum status_error error)
{
    static const char *const name[] = {[STATUS_MALFORMED_VALUE] = "MALFORMED_VALUE_ERROR",
                                       [STATUS_VERIFICATION] = "STATUS_VERIFICATION_ERROR",
                                       [STATUS_LIST_LENGTH] = "STATUS_LIST_LENGTH_ERROR",
                                       [STATUS_RANGE] = "RANGE_ERROR"};
    return (size_t)error < ARRAY_LEN(name) ? name[error] : NULL;
}

/*
 * The digester: bytes in pieces of any size become one labelled digest. Intake, verification and the command line all
 * compute digests here and nowhere else, so that a label always means the same.
 *
 * kind.c recognizes the kind; this file buffers what has to be buffered and hashes the rest. Invariant: until
 * `hashing`, every byte so far is in `held`; from then on every byte is in `sha`, and `held` keeps those of a text for
 * reading.c alone. An image is buffered whole, and at the end replaced by the credential inside.
 */
#include "badge/digest.h"

#include "badge/text.h"
#include "core/compiler.h"
#include "core/digester.h"
#include "core/kind.h"
#include "core/reading.h"
#include "core/text.h"
#include "core/text_form.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SMALLEST ((size_t)65536)

/* A tree of "[0,0,…" is 8 times its text, the parser's stack twice that, and an arena's blocks double. */
#define ARENA_PER_BYTE 64
#define KEPT_OF_LONG ((size_t)64)
#define ARENA_KEPT ((size_t)1 << 20) /* an arena that a document made larger is freed by clear */

struct badge_digester {
    enum kind kind;
    struct kind_scan scan;
    char *held;
    size_t n_held, max_allocated, max_held;
    bool hashing;
    bool is_kept; /* while hashing: held still has every byte */
    struct badge_sha256 sha;

    bool is_image; /* held is an image, or the credential that was inside */
    badge_unbake *unbake;
    void *unbake_context;
    size_t max_image;

    size_t max_memory; /* of the arena */
    struct badge_arena arena;
    const struct badge_json_value *document;
    struct badge_text canonical;
    struct badge_digest digest;
    struct badge_reading reading;
    struct badge_err failure; /* of an earlier call; status BADGE_OK: none */
};

static const char *const label_name[] = {
    [BADGE_LABEL_JCS] = "jcs",
    [BADGE_LABEL_COMPACT] = "compact",
    [BADGE_LABEL_RAW] = "raw",
    [BADGE_LABEL_EXTERNAL] = "external",
};

const char *badge_label_name(enum badge_label label)
{
    BADGE_ASSERT((size_t)label < ARRAY_LEN(label_name) && label_name[label]);
    return label_name[label];
}

enum badge_status badge_label_parse(enum badge_label *out, const char *text, size_t len)
{
    for (size_t i = BADGE_LABEL_JCS; i < ARRAY_LEN(label_name); i++) {
        if (core_text_is((struct badge_text){text, len}, label_name[i])) {
            *out = (enum badge_label)i;
            return BADGE_OK;
        }
    }
    return BADGE_EUNSUPPORTED;
}

enum badge_status badge_digester_new(struct badge_digester **out, size_t max_held, struct badge_err *err)
{
    struct badge_digester *d = calloc(1, sizeof *d);
    *out = d;
    if (!d)
        return badge_no_memory(err);
    d->max_held = max_held;
    badge_arena_init(&d->arena, 0);
    badge_digester_limit_memory(d, 0);
    badge_digester_clear(d);
    return BADGE_OK;
}

void badge_digester_free(struct badge_digester *d)
{
    if (!d)
        return;
    badge_arena_release(&d->arena);
    free(d->held);
    free(d);
}

/* What the arena has already is not taken from it. */
static void set_ceiling(struct badge_digester *d)
{
    d->arena.ceiling = d->max_memory > d->arena.used ? d->max_memory : d->arena.used;
}

void badge_digester_limit_memory(struct badge_digester *d, size_t bytes)
{
    size_t most = d->max_held > (SIZE_MAX - ARENA_SMALLEST) / ARENA_PER_BYTE
                      ? SIZE_MAX
                      : ARENA_SMALLEST + d->max_held * ARENA_PER_BYTE;
    d->max_memory = bytes == 0 || bytes > most ? most : bytes;
    set_ceiling(d);
}

size_t digester_max_memory(const struct badge_digester *d)
{
    return d->max_memory;
}

void badge_digester_clear(struct badge_digester *d)
{
    d->kind = KIND_UNDECIDED;
    kind_init(&d->scan);
    d->n_held = 0;
    d->hashing = d->is_kept = d->is_image = false;
    if (d->arena.used > ARENA_KEPT)
        badge_arena_release(&d->arena);
    else
        badge_arena_clear(&d->arena);
    set_ceiling(d);
    d->document = NULL;
    d->canonical = (struct badge_text){"", 0};
    d->reading = (struct badge_reading){.n_layers = 1};
    d->digest = (struct badge_digest){.label = BADGE_LABEL_RAW};
    d->failure.status = BADGE_OK;
}

void badge_digester_take_images(struct badge_digester *d, badge_unbake *unbake, void *context, size_t max_image)
{
    d->unbake = unbake;
    d->unbake_context = context;
    d->max_image = max_image;
}

/* Stores the result of a call, so that a failed digester keeps failing with the same error. */
static enum badge_status store_result(struct badge_digester *d, enum badge_status status, struct badge_err *err)
{
    d->failure.status = status;
    if (status != BADGE_OK) {
        d->document = NULL;
        if (err)
            *err = d->failure;
    }
    return status;
}

static enum badge_status refuse(struct badge_digester *d, enum badge_status status, const char *text)
{
    return badge_fail(&d->failure, status, BADGE_NO_OFFSET, "%s", text);
}

static enum badge_status refuse_sd_jwt(struct badge_digester *d)
{
    return refuse(d, BADGE_EUNSUPPORTED,
                  "an SD-JWT has no single digest, since its disclosures are optional; send the credential as a JWS "
                  "without '~'");
}

static enum badge_status refuse_long(struct badge_digester *d)
{
    return badge_fail(&d->failure, BADGE_ELIMIT, BADGE_NO_OFFSET,
                      "the document is longer than %zu bytes, the limit for JSON and JWT; send a shorter one or raise "
                      "the limit",
                      d->max_held);
}

/* -- update -------------------------------------------------------------------------------------------------------- */

/* Nothing is kept of a document that is not text. Decided from KEPT_OF_LONG bytes, however they arrive. */
static void keep_if_text(struct badge_digester *d)
{
    if (d->is_image || (d->n_held >= KEPT_OF_LONG && !text_form_begins(d->held, d->n_held))) {
        d->is_kept = false;
        d->n_held = 0;
    }
}

static void start_hashing(struct badge_digester *d)
{
    d->hashing = true;
    badge_sha256_init(&d->sha);
    if (d->n_held > 0)
        badge_sha256_update(&d->sha, d->held, d->n_held);
    d->is_kept = true;
    keep_if_text(d);
}

/* Appends bytes to `held`; the caller has checked that they fit under max. */
static enum badge_status hold(struct badge_digester *d, const void *bytes, size_t len, size_t max)
{
    if (len > d->max_allocated - d->n_held) {
        size_t doubled = d->max_allocated < max / 2 ? d->max_allocated * 2 : max;
        size_t wanted = d->n_held + len > doubled ? d->n_held + len : doubled;
        char *held = realloc(d->held, wanted);
        if (!held)
            return refuse(d, BADGE_ENOMEM, "out of memory for the document; send a shorter one");
        d->held = held;
        d->max_allocated = wanted;
    }
    memcpy(d->held + d->n_held, bytes, len);
    d->n_held += len;
    return BADGE_OK;
}

/* Keeps the bytes of a document that is hashed while they may be text that is read and fit, and else its beginning. */
static void keep(struct badge_digester *d, const void *bytes, size_t len)
{
    if (!d->is_kept)
        return;
    size_t fitting = len;
    if (len > d->max_held - d->n_held) {
        d->is_kept = false;
        fitting = d->n_held < KEPT_OF_LONG ? KEPT_OF_LONG - d->n_held : 0;
        fitting = fitting < d->max_held - d->n_held ? fitting : d->max_held - d->n_held;
    }
    if (fitting > 0 && hold(d, bytes, fitting, d->max_held) != BADGE_OK) {
        d->failure.status = BADGE_OK; /* the digest does not need them; the reading is then hidden */
        d->is_kept = false;
    }
    if (d->is_kept)
        keep_if_text(d);
    else if (d->n_held > KEPT_OF_LONG)
        d->n_held = KEPT_OF_LONG;
}

/* An SVG whose prolog is longer than max_held is refused: its beginning was hashed and is no longer held. */
static enum badge_status take_image(struct badge_digester *d, const void *bytes, size_t len)
{
    d->is_image = true;
    if (!d->unbake)
        return refuse(d, BADGE_EUNSUPPORTED, "images are not accepted here; send the credential that is baked into it");
    if (d->hashing || d->n_held > d->max_image || len > d->max_image - d->n_held)
        return badge_fail(&d->failure, BADGE_ELIMIT, BADGE_NO_OFFSET,
                          "the image is larger than %zu bytes, the limit; make it smaller", d->max_image);
    return hold(d, bytes, len, d->max_image);
}

static enum badge_status take(struct badge_digester *d, const void *bytes, size_t len)
{
    bool fits = !d->hashing && d->n_held <= d->max_held && len <= d->max_held - d->n_held;
    if (d->kind == KIND_UNDECIDED)
        d->kind = kind_feed(&d->scan, bytes, len);
    switch (d->kind) {
    case KIND_IMAGE:
        return take_image(d, bytes, len);
    case KIND_SD_JWT:
        return refuse_sd_jwt(d);
    case KIND_JSON:
        return fits ? hold(d, bytes, len, d->max_held) : refuse_long(d);
    case KIND_UNDECIDED:
        if (fits)
            return hold(d, bytes, len, d->max_held);
        break;
    case KIND_RAW:
        break;
    case KIND_COMPACT:
    case KIND_JWE:
        BADGE_ASSERT(0); /* an update after final */
    }
    if (!d->hashing)
        start_hashing(d);
    badge_sha256_update(&d->sha, bytes, len);
    keep(d, bytes, len);
    return BADGE_OK;
}

enum badge_status badge_digester_update(struct badge_digester *d, const void *bytes, size_t len, struct badge_err *err)
{
    const char *rest = bytes;
    size_t left = d->n_held < d->max_held ? d->max_held - d->n_held : 0;
    /* Hashing begins exactly after max_held undecided bytes, however the bytes are cut into updates. */
    if (d->kind == KIND_UNDECIDED && !d->hashing && left < len && d->failure.status == BADGE_OK) {
        if (left > 0)
            (void)store_result(d, take(d, rest, left), NULL);
        if (d->kind == KIND_UNDECIDED && d->failure.status == BADGE_OK)
            start_hashing(d);
        rest += left;
        len -= left;
    }
    if (d->failure.status != BADGE_OK || len == 0)
        return store_result(d, d->failure.status, err);
    return store_result(d, take(d, rest, len), err);
}

/* -- final --------------------------------------------------------------------------------------------------------- */

static enum badge_status refuse_memory(struct badge_digester *d)
{
    if (!d->arena.is_full)
        return refuse(d, BADGE_ENOMEM, "out of memory for reading the document; try again, or send a shorter one");
    return badge_fail(
        &d->failure, BADGE_ELIMIT, BADGE_NO_OFFSET,
        "reading the document takes more than %zu bytes of memory, the limit; send one that is shorter or "
        "has fewer values, or raise the limit",
        d->max_memory);
}

static enum badge_status finish_json(struct badge_digester *d, struct badge_hash *out)
{
    enum badge_status status = badge_json_parse(&d->document, &d->arena, d->held, d->n_held, &d->failure);
    if (status == BADGE_ENOMEM)
        return refuse_memory(d);
    if (status != BADGE_OK)
        return status;
    const struct badge_json_value *type = badge_json_member(d->document, "type");
    if (badge_json_includes(type, "BadgeReceipt") || badge_json_includes(type, "BadgeBundle"))
        return refuse(d, BADGE_EREFUSED, "a receipt or a bundle is not a credential; send the credential itself");
    if (badge_json_canonicalize(&d->canonical, &d->arena, d->document, NULL) != BADGE_OK)
        return refuse_memory(d);
    badge_sha256(out, d->canonical.bytes, d->canonical.len);
    reading_of_json(&d->reading, &d->arena, d->document);
    return BADGE_OK;
}

static enum badge_status finish_compact(struct badge_digester *d, struct badge_hash *out)
{
    if (d->hashing)
        return refuse_long(d);
    d->canonical = core_text_trim((struct badge_text){d->held, d->n_held});
    badge_sha256(out, d->canonical.bytes, d->canonical.len);
    if (reading_of_token(&d->reading, &d->arena, d->canonical) != BADGE_OK)
        return refuse_memory(d);
    d->document = d->reading.layer[0].object;
    return BADGE_OK;
}

/* Raw: what was kept of it is read, so that a credential in another wrapping is not taken for a mere document. */
static void finish_raw(struct badge_digester *d, struct badge_hash *out)
{
    if (!d->hashing)
        start_hashing(d);
    badge_sha256_final(&d->sha, out);
    struct badge_text kept = {d->held ? d->held : "", d->n_held};
    if (d->is_kept)
        reading_of_bytes(&d->reading, &d->arena, kept);
    else
        reading_of_long(&d->reading, &d->arena, kept);
}

/* Replaces the image in `held` by the credential inside; an image without one is raw. */
static enum badge_status unbake(struct badge_digester *d)
{
    char *credential = NULL;
    size_t len = 0;
    d->kind = KIND_RAW;
    enum badge_status status = d->unbake(d->unbake_context, &credential, &len, d->held, d->n_held, &d->failure);
    if (status != BADGE_OK || !credential)
        return status;
    free(d->held);
    d->held = credential;
    d->n_held = d->max_allocated = len;
    if (len > d->max_held)
        return refuse_long(d);
    d->kind = kind_of(credential, len);
    if (d->kind == KIND_RAW || d->kind == KIND_IMAGE)
        return refuse(d, BADGE_EIMAGE,
                      "what is baked into the image is neither a JSON credential nor a JWS; bake it again");
    return BADGE_OK;
}

static enum badge_status finish(struct badge_digester *d, struct badge_digest *out)
{
    if (d->kind == KIND_UNDECIDED)
        d->kind = kind_end(&d->scan);
    if (d->kind == KIND_IMAGE) {
        enum badge_status status = unbake(d);
        if (status != BADGE_OK)
            return status;
    }
    switch (d->kind) {
    case KIND_JSON:
        out->label = BADGE_LABEL_JCS;
        return finish_json(d, &out->value);
    case KIND_COMPACT:
        out->label = BADGE_LABEL_COMPACT;
        return finish_compact(d, &out->value);
    case KIND_JWE:
        return refuse(d, BADGE_EUNSUPPORTED,
                      "an encrypted token (JWE) can't be verified; "
                      "send the credential that is inside");
    case KIND_RAW:
        out->label = BADGE_LABEL_RAW;
        finish_raw(d, &out->value);
        return BADGE_OK;
    case KIND_SD_JWT:
        return refuse_sd_jwt(d);
    case KIND_UNDECIDED:
    case KIND_IMAGE:
        break; /* decided above */
    }
    BADGE_ASSERT(0);
    return BADGE_EUNSUPPORTED;
}

enum badge_status badge_digester_final(struct badge_digester *d, struct badge_digest *out, struct badge_err *err)
{
    if (d->failure.status != BADGE_OK)
        return store_result(d, d->failure.status, err);
    enum badge_status status = finish(d, out);
    if (status == BADGE_OK)
        d->digest = *out;
    return store_result(d, status, err);
}

const struct badge_digest *badge_digester_digest(const struct badge_digester *d)
{
    return &d->digest;
}

const struct badge_json_value *badge_digester_document(const struct badge_digester *d)
{
    return d->document;
}

const struct badge_reading *badge_digester_reading(const struct badge_digester *d)
{
    return &d->reading;
}

bool badge_digester_is_image(const struct badge_digester *d)
{
    return d->is_image;
}

struct badge_text badge_digester_canonical(const struct badge_digester *d)
{
    return d->canonical;
}

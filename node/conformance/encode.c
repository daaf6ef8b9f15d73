/*
 * Findings as JSON, for the command line, the node and the browser alike.
 */
#include "badge/conformance.h"
#include "core/json_out.h"

static void write_findings(struct json_out *json, const char *name, const struct badge_rule_finding *finding, size_t n)
{
    json_out_array(json, name);
    for (size_t i = 0; i < n && i < BADGE_MAX_FINDINGS; i++) {
        json_out_object(json, NULL);
        json_out_text(json, "code", finding[i].code);
        json_out_string(json, "pointer", finding[i].pointer.bytes, finding[i].pointer.len);
        json_out_string(json, "detail", finding[i].detail.bytes, finding[i].detail.len);
        json_out_string(json, "source", finding[i].source.bytes, finding[i].source.len);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_eu(struct json_out *json, const struct badge_conformance *conformance)
{
    json_out_object(json, "euMicrocredential");
    for (size_t i = 0; i < BADGE_N_EU_ELEMENTS; i++) {
        const struct badge_eu_element *one = &conformance->eu[i];
        if (one->is_found)
            json_out_string(json, one->name, one->pointer.bytes, one->pointer.len);
        else
            json_out_null(json, one->name);
    }
    json_out_object_end(json);
}

static void write_conformance(struct json_out *json, const struct badge_conformance *conformance)
{
    json_out_object(json, NULL);
    json_out_text(json, "profile", conformance->profile);
    json_out_u64(json, "errorCount", conformance->n_errors);
    write_findings(json, "errors", conformance->error, conformance->n_errors);
    json_out_u64(json, "warningCount", conformance->n_warnings);
    write_findings(json, "warnings", conformance->warning, conformance->n_warnings);
    if (conformance->has_eu)
        write_eu(json, conformance);
    else
        json_out_null(json, "euMicrocredential");
    json_out_object_end(json);
}

static bool count_put(void *to, const char *bytes, size_t len)
{
    (void)bytes;
    *(size_t *)to += len;
    return true;
}

enum badge_status badge_conformance_encode(struct badge_text *out, struct badge_arena *arena,
                                           const struct badge_conformance *conformance, struct badge_err *err)
{
    size_t len = 0;
    struct json_out count = {.put = count_put, .to = &len};
    write_conformance(&count, conformance);
    struct json_buffer buffer = {.bytes = badge_arena_alloc(arena, len + 1), .capacity = len + 1};
    if (!buffer.bytes)
        return badge_no_memory(err);
    struct json_out json = {.put = json_buffer_put, .to = &buffer};
    write_conformance(&json, conformance);
    BADGE_ASSERT(!json.failed);
    *out = (struct badge_text){buffer.bytes, buffer.len};
    return BADGE_OK;
}

const char *badge_conformance_text(struct badge_arena *arena, const struct badge_reading *reading)
{
    struct badge_conformance *conformance = badge_arena_alloc(arena, sizeof *conformance);
    struct badge_text text;
    if (!conformance || badge_conformance_read(conformance, arena, reading, NULL) != BADGE_OK ||
        badge_conformance_encode(&text, arena, conformance, NULL) != BADGE_OK)
        return NULL;
    return text.bytes;
}

/*
 * Problem details (RFC 9457) from the one table of errors. Called by the server for whole answers and by the bulk
 * handlers for single lines. A code is frozen: client programs compare it.
 */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "runtime/log.h"

static const struct {
    const char *code, *title;
    unsigned status;
} problems[N_PROBLEMS] = {
#define PROBLEM_ROW(id, code, status, title) {code, title, status},
    PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

const char *problem_code(enum problem problem)
{
    return problems[problem].code;
}

unsigned problem_status(enum problem problem)
{
    return problems[problem].status;
}

unsigned problem_retry_after_s(enum problem problem)
{
    if (problem == PROBLEM_STORE_FAILED)
        return 60; /* an operator has to repair the disk first */
    return problems[problem].status == 503 ? 5 : 0;
}

enum problem problem_of_document(enum badge_status status)
{
    switch (status) {
    case BADGE_ESYNTAX:
        return PROBLEM_MALFORMED_JSON;
    case BADGE_EUTF8:
        return PROBLEM_INVALID_UTF8;
    case BADGE_EDUPLICATE:
        return PROBLEM_DUPLICATE_NAME;
    case BADGE_ENUMBER:
        return PROBLEM_NUMBER_OUT_OF_RANGE;
    case BADGE_EDEPTH:
        return PROBLEM_NESTED_TOO_DEEP;
    case BADGE_ETYPE:
        return PROBLEM_BAD_MEMBER;
    case BADGE_EIMAGE:
        return PROBLEM_MALFORMED_IMAGE;
    case BADGE_ELIMIT:
        return PROBLEM_TOO_LARGE;
    case BADGE_EUNSUPPORTED:
        return PROBLEM_UNSUPPORTED_DOCUMENT;
    case BADGE_EREFUSED:
        return PROBLEM_NOT_A_CREDENTIAL;
    case BADGE_ENOMEM:
        return PROBLEM_TOO_BUSY;
    case BADGE_OK:
    case BADGE_EORDER:
    case BADGE_EMISMATCH:
    case BADGE_EPASSPHRASE:
    case BADGE_ENOTFOUND:
    case BADGE_EIO:
    case BADGE_ECORRUPT:
        break;
    }
    log_broken("internal error: document refused without a valid reason", log_i64("status", status));
    return PROBLEM_INTERNAL;
}

void problem_write(struct json_out *out, const char *name, enum problem problem, const char *detail, size_t offset)
{
    problem_write_rules(out, name, problem, detail, offset, NULL);
}

void problem_write_rules(struct json_out *out, const char *name, enum problem problem, const char *detail,
                         size_t offset, const char *conformance)
{
    char type[64];
    snprintf(type, sizeof type, "urn:badged:error:%s", problems[problem].code);
    json_out_object(out, name);
    json_out_text(out, "type", type);
    json_out_text(out, "title", problems[problem].title);
    json_out_u64(out, "status", problems[problem].status);
    json_out_text(out, "detail", detail);
    if (offset != BADGE_NO_OFFSET)
        json_out_u64(out, "offset", offset);
    if (conformance)
        json_out_raw(out, "conformance", conformance, strlen(conformance));
    json_out_object_end(out);
}

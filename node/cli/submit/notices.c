/*
 * The notices of the node's answers: the first of each kind are printed, all are counted for the sum at the end.
 */
#include <string.h>

#include "cli/submit/submission.h"
#include "core/compiler.h"

#define SHOWN_OF_EACH 10

static struct notice_count *count_of(struct submission *submission, const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(submission->notice); i++) {
        struct notice_count *count = &submission->notice[i];
        if (!count->code[0])
            (void)snprintf(count->code, sizeof count->code, "%s", code);
        if (strcmp(count->code, code) == 0)
            return count;
    }
    return NULL;
}

void submission_notices(struct submission *submission, const char *of, const json_t *notices)
{
    size_t i;
    const json_t *notice;
    json_array_foreach((json_t *)(uintptr_t)notices, i, notice)
    {
        const char *code = json_string_value(json_object_get(notice, "code"));
        const char *detail = json_string_value(json_object_get(notice, "detail"));
        struct notice_count *count = code && strlen(code) < sizeof count->code ? count_of(submission, code) : NULL;
        if (!count)
            continue;
        count->n++;
        if (count->n <= SHOWN_OF_EACH)
            cli_warn("%s: %s: %s", of, code, detail ? detail : "");
        else if (count->n == SHOWN_OF_EACH + 1)
            cli_warn("more with %s are counted, and not shown", code);
    }
}

void submission_sum(const struct submission *submission, uint64_t n_recorded)
{
    char text[1536]; /* all codes at their longest, with their counts */
    size_t len = (size_t)snprintf(text, sizeof text, "%llu recorded, %llu refused, %llu passed over",
                                  (unsigned long long)n_recorded, (unsigned long long)submission->n_refused,
                                  (unsigned long long)submission->n_passed_over);
    if (submission->n_already)
        len += (size_t)snprintf(text + len, sizeof text - len, ", %llu final already",
                                (unsigned long long)submission->n_already);
    for (size_t i = 0; i < ARRAY_LEN(submission->notice) && submission->notice[i].n; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%llu %s",
                                i ? ", " : "; noticed: ", (unsigned long long)submission->notice[i].n,
                                submission->notice[i].code);
    cli_warn("%s", text);
}

/*
 * Core's report with the providers that it rests on, the same from the command line and from the node.
 */
#include "audit/verify.h"

#include <jansson.h>

json_t *verify_report_json(const struct badge_report *report, const struct verify_request *request)
{
    char text[BADGE_REPORT_MAX_LEN];
    json_t *json = json_loadb(text, badge_report_encode(text, report, request->evidence), JSON_REJECT_DUPLICATES, NULL);
    json_t *providers = json_array();
    for (size_t i = 0; i < request->n_rpcs; i++)
        json_array_append_new(providers, json_string(rpc_name(request->rpc[i])));
    if (json_object_set_new(json, "providers", providers) == 0)
        return json;
    json_decref(json);
    return NULL;
}

/*
 * The route table against openapi.json, both ways: what is served is described, what is described is served. Then how
 * paths find their routes.
 */
#include "support/test.h"

#include <jansson.h>
#include <string.h>

#include "api/api.h"
#include "http/problem.h"
#include "runtime/tokens.h"
#include "site/site.h"

extern const uint8_t openapi_json[];
extern const size_t openapi_json_len;

static json_t *description;

static int load(void **state)
{
    (void)state;
    json_error_t error;
    description = json_loadb((const char *)openapi_json, openapi_json_len, JSON_REJECT_DUPLICATES, &error);
    if (!description)
        print_error("openapi.json:%d: %s\n", error.line, error.text);
    return description ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    json_decref(description);
    return 0;
}

static const json_t *operation(const char *method, const char *path)
{
    char lower[8] = "";
    for (size_t i = 0; method[i] && i < sizeof lower - 1; i++)
        lower[i] = (char)(method[i] | 0x20);
    return json_object_get(json_object_get(json_object_get(description, "paths"), path), lower);
}

/* All that the daemon serves. */
static struct http_module module[2];
#define N_MODULES (sizeof module / sizeof *module)

static const struct route *next_route(size_t *at)
{
    size_t i = (*at)++;
    for (size_t m = 0; m < N_MODULES; i -= module[m++].n_routes)
        if (i < module[m].n_routes)
            return &module[m].route[i];
    return NULL;
}

static void every_route_is_described(void **state)
{
    (void)state;
    size_t at = 0;
    for (const struct route *route; (route = next_route(&at));) {
        const json_t *found = operation(route->method, route->path);
        if (!found)
            fail_msg("openapi.json lacks %s", route->name);
        assert_true(json_is_string(json_object_get(found, "operationId")));
        /* what needs a token says so, and nothing else does; who takes a body says which */
        const json_t *security = json_object_get(found, "security");
        assert_int_equal(route->scope != 0 || route->knows_tokens, security != NULL);
        if (route->knows_tokens) { /* none, or any */
            assert_int_equal(json_object_size(json_array_get(security, 0)), 0);
            assert_non_null(json_object_get(json_array_get(security, 1), "token"));
        } else if (security) {
            const char *scope = route->scope == TOKEN_SUBMIT   ? "submit"
                                : route->scope == TOKEN_DIGEST ? "digest"
                                                               : "admin";
            const json_t *scopes = json_object_get(json_array_get(security, 0), "token");
            assert_string_equal(json_string_value(json_array_get(scopes, 0)), scope);
        }
        assert_int_equal(route->data != NULL, json_object_get(found, "requestBody") != NULL);
    }
}

static void everything_described_is_a_route(void **state)
{
    (void)state;
    const char *path, *method;
    json_t *methods, *ignored;
    size_t n = 0;
    json_object_foreach(json_object_get(description, "paths"), path, methods)
    {
        json_object_foreach(methods, method, ignored)
        {
            bool found = false;
            size_t at = 0;
            for (const struct route *route; (route = next_route(&at));)
                found |= strcmp(route->path, path) == 0 && strcasecmp(route->method, method) == 0;
            if (!found)
                fail_msg("openapi.json describes %s %s, which nothing serves", method, path);
            n++;
        }
    }
    assert_int_equal(n, route_number(module, N_MODULES, NULL));
}

/* Every code is in the enumeration; every response of an error names codes whose status it is. */
static void every_problem_is_described(void **state)
{
    (void)state;
    const json_t *schemas = json_object_get(json_object_get(description, "components"), "schemas");
    const json_t *type = json_object_get(json_object_get(json_object_get(schemas, "Problem"), "properties"), "type");
    const json_t *urns = json_object_get(type, "enum");
    assert_int_equal(json_array_size(urns), N_PROBLEMS);
    for (size_t i = 0; i < N_PROBLEMS; i++) {
        char urn[80];
        snprintf(urn, sizeof urn, "urn:badged:error:%s", problem_code((enum problem)i));
        bool found = false;
        for (size_t k = 0; k < json_array_size(urns); k++)
            found |= strcmp(json_string_value(json_array_get(urns, k)), urn) == 0;
        if (!found)
            fail_msg("openapi.json lacks %s", urn);
    }
}

static void every_reference_leads_somewhere(json_t *value)
{
    const char *name;
    json_t *child;
    size_t i;
    json_object_foreach(value, name, child)
    {
        if (strcmp(name, "$ref") == 0) {
            char path[128];
            const json_t *at = description;
            snprintf(path, sizeof path, "%s", json_string_value(child) + 2);
            for (char *part = path, *next; part; part = next) {
                next = strchr(part, '/');
                if (next)
                    *next++ = '\0';
                at = json_object_get(at, part);
            }
            if (!at)
                fail_msg("%s leads nowhere", json_string_value(child));
        }
        every_reference_leads_somewhere(child);
    }
    json_array_foreach(value, i, child) every_reference_leads_somewhere(child);
}

static void references(void **state)
{
    (void)state;
    every_reference_leads_somewhere(description);
}

#define HEX64 "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void paths_find_routes(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        enum route_match match;
        const char *name;
    } cases[] = {
        {"GET", "/", ROUTE_FOUND, "GET /"},
        {"HEAD", "/v1/node", ROUTE_FOUND, "GET /v1/node"},
        {"GET", "/v1/credentials/" HEX64, ROUTE_FOUND, "GET /v1/credentials/{digest}"},
        {"GET", "/v1/credentials/" HEX64 "/receipt", ROUTE_FOUND, "GET /v1/credentials/{digest}/receipt"},
        {"GET", "/v1/credentials/" HEX64 "/receipts", ROUTE_NO_PATH, NULL},
        {"GET", "/v1/credentials/" HEX64 "/", ROUTE_FOUND, "GET /v1/credentials/{digest}"},
        {"GET", "/v1/credentials/" HEX64 "//", ROUTE_NO_PATH, NULL},
        {"GET", "/c/" HEX64 "/", ROUTE_FOUND, "GET /c/{digest}"},
        {"GET", "/operator/", ROUTE_FOUND, "GET /operator"},
        {"GET", "//", ROUTE_NO_PATH, NULL},
        {"GET", "/v1/credentials/" HEX64 "0", ROUTE_BAD_DIGEST, NULL},
        {"GET", "/v1/credentials/0x12/receipt", ROUTE_BAD_DIGEST, NULL},
        {"GET", "/v1/credentials/", ROUTE_NO_METHOD, NULL},
        {"GET", "/c/", ROUTE_NO_PATH, NULL},
        {"GET", "/v1/credentials", ROUTE_NO_METHOD, NULL},
        {"POST", "/v1/credentials", ROUTE_FOUND, "POST /v1/credentials"},
        {"POST", "/v1/credentials/" HEX64, ROUTE_NO_METHOD, NULL},
        {"DELETE", "/v1/batches/7", ROUTE_NO_METHOD, NULL},
        {"GET", "/v1/batches/7", ROUTE_FOUND, "GET /v1/batches/{number}"},
        {"GET", "/v1/batches/07", ROUTE_BAD_NUMBER, NULL},
        {"GET", "/v1/batches/-7", ROUTE_BAD_NUMBER, NULL},
        {"GET", "/v1/batches/9999999999", ROUTE_BAD_NUMBER, NULL},
        {"GET", "/v1/batches/7/leaves", ROUTE_FOUND, "GET /v1/batches/{number}/leaves"},
        {"POST", "/v1/batches", ROUTE_FOUND, "POST /v1/batches"},
        {"get", "/v1/node", ROUTE_NO_METHOD, NULL},
        {"GET", "//v1/node", ROUTE_NO_PATH, NULL},
        {"GET", "/V1/node", ROUTE_NO_PATH, NULL},
        {"GET", "*", ROUTE_NO_PATH, NULL},
        {"GET", "", ROUTE_NO_PATH, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct route_found found;
        enum route_match match = route_find(&found, module, N_MODULES, cases[i].method, cases[i].path);
        if (match != cases[i].match)
            fail_msg("%s %s: %d", cases[i].method, cases[i].path, (int)match);
        if (cases[i].name)
            assert_string_equal(found.route->name, cases[i].name);
        if (match == ROUTE_FOUND && strstr(found.route->path, "{digest}"))
            assert_int_equal(found.digest.b[0], 0x9f);
        if (match == ROUTE_FOUND && strstr(found.route->path, "{number}"))
            assert_int_equal(found.number, 7);
    }
}

static void methods_of_paths(void **state)
{
    (void)state;
    char methods[64];
    route_methods(methods, module, N_MODULES, "/v1/batches", false);
    assert_string_equal(methods, "GET, HEAD, POST, OPTIONS");
    route_methods(methods, module, N_MODULES, "/v1/batches", true);
    assert_string_equal(methods, "GET, HEAD, OPTIONS");
    route_methods(methods, module, N_MODULES, "/v1/credentials", true);
    assert_string_equal(methods, "");
    route_methods(methods, module, N_MODULES, "/v1/verify", true);
    assert_string_equal(methods, "POST, OPTIONS");
    route_methods(methods, module, N_MODULES, "/nowhere", false);
    assert_string_equal(methods, "");
}

int main(void)
{
    module[0] = api_module(NULL);
    module[1] = site_module(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),   cmocka_unit_test(everything_described_is_a_route),
        cmocka_unit_test(every_problem_is_described), cmocka_unit_test(references),
        cmocka_unit_test(paths_find_routes),          cmocka_unit_test(methods_of_paths),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

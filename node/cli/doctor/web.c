/*
 * Checks of what strangers reach: the node, its public URL, the providers that its pages suggest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "core/compiler.h"
#include "core/format.h"

#define TIMEOUT_MS 20000
#define MAX_BODY ((size_t)1 << 20)
#define ELSEWHERE "https://verifier.example" /* the origin of a page that is not this node's */

void doctor_get(struct doctor *doctor, const char *url, struct net_response *response, char **body)
{
    struct net_request request = {
        .url = url, .max_response_len = MAX_BODY, .timeout_ms = TIMEOUT_MS, .origin = ELSEWHERE};
    net_get(doctor->session.client, &request, NULL, response, body);
}

/* -- the node ------------------------------------------------------------------------------------------------------ */

/* The URL of http.listen on this machine. */
static void listen_url(char *out, size_t capacity, const struct doctor *doctor)
{
    static const struct {
        const char *any, *own;
    } every[] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}};
    const char *listen = doctor->settings.http_listen;
    (void)snprintf(out, capacity, "http://%s", listen);
    for (size_t i = 0; i < ARRAY_LEN(every); i++)
        if (strncmp(listen, every[i].any, strlen(every[i].any)) == 0)
            (void)snprintf(out, capacity, "http://%s%s", every[i].own, listen + strlen(every[i].any));
    if (doctor->cli->node)
        (void)snprintf(out, capacity, "%s", doctor->cli->node);
}

static void find_not_ready(struct doctor *doctor, const char *url, const char *body)
{
    json_t *answer = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    json_t *reason = json_array_get(json_object_get(answer, "reasons"), 0);
    const char *code = json_string_value(json_object_get(reason, "code"));
    const char *detail = json_string_value(json_object_get(reason, "detail"));
    doctor_find(doctor, "node", DOCTOR_BAD, "The node at %s is not ready: %s: %s", url, code ? code : "no reason",
                detail ? detail : "it does not say more");
    doctor_do(doctor, "See READINESS in badged(1)%s%s", code ? " for " : "", code ? code : "");
    json_decref(answer);
}

void doctor_check_node(struct doctor *doctor)
{
    struct net_response response;
    char base[300], url[320], *body;
    listen_url(base, sizeof base, doctor);
    (void)snprintf(url, sizeof url, "%s/readyz", base);
    doctor_get(doctor, url, &response, &body);
    if (response.status != BADGE_OK) {
        doctor_find(doctor, "node", DOCTOR_BAD, "The node does not answer: %s", response.err.text);
        doctor_do(doctor, "Start it: badged --config %s/badged.conf; or name it with --node URL", doctor->dir);
    } else if (response.http_status == 503) {
        find_not_ready(doctor, base, body);
    } else if (response.http_status != 200) {
        doctor_find(doctor, "node", DOCTOR_BAD, "%s answers /readyz with HTTP %ld: it is not a badged node", base,
                    response.http_status);
        doctor_do(doctor, "Stop what listens there, or change http.listen");
    } else {
        doctor_find(doctor, "node", DOCTOR_GOOD, "The node at %s is ready", base);
    }
    free(body);
}

/* -- its public URL ------------------------------------------------------------------------------------------------ */

/* NULL: the answer is that of this node; else what is wrong. */
static const char *wrong_answer(const struct doctor *doctor, const struct net_response *response, const char *body,
                                const char **mend)
{
    *mend = "Let the proxy pass all of the node's paths on: docker/nginx.conf shows how";
    if (response->http_status >= 300 && response->http_status < 400) {
        *mend = "Write the URL as it is after the redirect into http.public_url";
        return "redirects to another URL";
    }
    if (response->http_status >= 502 && response->http_status <= 504) {
        *mend = "See node; if that is good, correct the node's address in the proxy";
        return "is a proxy that does not reach the node";
    }
    if (response->http_status != 200)
        return "answers, but not as a badged node";
    json_t *answer = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    const char *issuer = json_string_value(json_object_get(answer, "issuer"));
    struct badge_address account;
    bool is_ours = issuer && badge_address_parse(&account, issuer, strlen(issuer)) == BADGE_OK &&
                   memcmp(&account, &doctor->settings.chain_issuer.address, sizeof account) == 0;
    json_decref(answer);
    if (is_ours)
        return response->allows_origin ? NULL : "does not let other pages read it (CORS)";
    *mend = "Correct http.public_url, or the name's address, or what the proxy passes on";
    return issuer ? "is the node of another issuer" : "answers, but not as a badged node";
}

static bool is_own_machine(const char *url)
{
    return strncmp(url, "http://127.0.0.1", 16) == 0 || strncmp(url, "http://localhost", 16) == 0 ||
           strncmp(url, "http://[::1]", 12) == 0;
}

void doctor_check_public_url(struct doctor *doctor)
{
    const char *base = doctor->settings.http_public_url, *mend, *wrong;
    struct net_response response;
    char url[1024], *body;
    if (!base) {
        doctor_find(doctor, "public_url", DOCTOR_BAD, "http.public_url is not set, so links name what a request names");
        doctor_do(doctor, "Set http.public_url to the URL at which people reach the node");
        return;
    }
    (void)snprintf(url, sizeof url, "%s/v1/node", base);
    doctor_get(doctor, url, &response, &body);
    if (response.status != BADGE_OK) {
        doctor_find(doctor, "public_url", DOCTOR_BAD, "From here, %s", response.err.text);
        doctor_do(doctor, "Check the name's address, the certificate and the proxy: docker/nginx.conf shows one");
    } else if ((wrong = wrong_answer(doctor, &response, body, &mend))) {
        doctor_find(doctor, "public_url", DOCTOR_BAD, "%s %s (HTTP %ld)", base, wrong, response.http_status);
        doctor_do(doctor, "%s", mend);
    } else if (strncmp(base, "https://", 8) != 0 && !is_own_machine(base)) {
        doctor_find(doctor, "public_url", DOCTOR_BAD, "%s is not https: who carries a page can change it", base);
        doctor_do(doctor, "Put TLS before the node: docker/nginx.conf");
    } else {
        doctor_find(doctor, "public_url", DOCTOR_GOOD, "%s is this node%s", base,
                    is_own_machine(base) ? "; only this machine reaches it" : "");
    }
    free(body);
}

/* -- providers for browsers ---------------------------------------------------------------------------------------- */

static bool is_chain(const struct doctor *doctor, const char *body)
{
    uint64_t id;
    json_t *answer = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
    bool is_same = rpc_read_u64(&id, json_object_get(answer, "result")) == BADGE_OK && id == doctor->settings.chain_id;
    json_decref(answer);
    return is_same;
}

/* As a browser does for a page: it asks first, then posts. */
static void check_public_provider(struct doctor *doctor, const char *url)
{
    static const char question[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";
    struct net_response before, response = {0};
    char *nothing, *body = NULL, name[300];
    struct net_request request = {
        .url = url, .max_response_len = MAX_BODY, .timeout_ms = TIMEOUT_MS, .origin = ELSEWHERE, .preflight = true};
    (void)core_format(name, sizeof name, "%s", config_url_origin(url));
    net_get(doctor->session.client, &request, NULL, &before, &nothing);
    free(nothing);
    request.preflight = false;
    request.body = question;
    request.body_len = sizeof question - 1;
    request.content_type = "application/json";
    if (before.status == BADGE_OK)
        net_get(doctor->session.client, &request, NULL, &response, &body);
    const struct badge_err *err = before.status != BADGE_OK ? &before.err : &response.err;
    if (before.status != BADGE_OK || response.status != BADGE_OK) {
        doctor_find(doctor, "public_rpc", DOCTOR_BAD, "%s", err->text);
    } else if (response.http_status != 200 || !body || !is_chain(doctor, body)) {
        doctor_find(doctor, "public_rpc", DOCTOR_BAD, "%s does not answer for chain %llu (HTTP %ld)", name,
                    (unsigned long long)doctor->settings.chain_id, response.http_status);
    } else if (!before.allows_origin || !response.allows_origin) {
        doctor_find(doctor, "public_rpc", DOCTOR_BAD,
                    "%s answers, but no browser lets a page ask it: it does not allow other origins (CORS)", name);
    } else {
        doctor_find(doctor, "public_rpc", DOCTOR_GOOD, "%s answers browsers", name);
        free(body);
        return;
    }
    doctor_do(doctor, "Name another provider in http.public_rpc, one that answers pages");
    free(body);
}

void doctor_check_public_rpc(struct doctor *doctor)
{
    const struct config_list *list = &doctor->settings.http_public_rpc;
    for (size_t i = 0; i < list->n; i++)
        check_public_provider(doctor, list->item[i]);
    if (list->n)
        return;
    doctor_find(doctor, "public_rpc", DOCTOR_BAD,
                "http.public_rpc is not set: who opens the page of a badge has to find a provider first");
    doctor_do(doctor, "Set http.public_rpc to a provider that everybody may know, without a key of yours in it");
}

/*
 * The parsing of a request's head: target, route and query, the check of the headers, media type, range, entity tags,
 * and the address of the client. The input is a head: a request line, then headers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "http/conditions.h"
#include "http/header_check.h"
#include "http/ip_address.h"
#include "http/media.h"
#include "site/site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_query(const char *query)
{
    struct exchange x = {.query = query};
    uint64_t value;
    x.reply.fd = -1;
    strbuf_init(&x.reply.head, 8 * 1024);
    bool ok = exchange_number(&x, "limit", &value, 20, 1, 100);
    if (ok == exchange_answered(&x) || (ok && (value < 1 || value > 100)))
        abort();
    strbuf_release(&x.reply.head);
    strbuf_release(&x.reply.body);
}

static void check_target(char *line, struct header_check *check)
{
    char *path = strchr(line, ' '), methods[64];
    const struct http_module module[] = {api_module(NULL), site_module(NULL)};
    struct route_found found;
    if (!path)
        return;
    *path++ = '\0';
    char *query = strchr(path, '?');
    if (query) {
        *query++ = '\0';
        check_query(query);
    }
    enum route_match match = route_find(&found, module, 2, line, path);
    if (match == ROUTE_FOUND && (!found.route || found.number > 999999999))
        abort();
    route_methods(methods, module, 2, path, false);
    if ((match == ROUTE_NO_PATH) != (methods[0] == '\0'))
        abort();
    header_check_end(check, path);
}

static void check_range(const char *value)
{
    static const uint64_t lens[] = {0, 1, 32, 1000, UINT64_MAX};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        uint64_t first = 1, last = 0;
        if (conditions_range(value, lens[i], &first, &last) == RANGE_PART && (first > last || last >= lens[i]))
            abort();
    }
}

static void check_client(const char *value, size_t len)
{
    struct network proxy, network;
    struct ip_address peer, client, again;
    char text[INET6_ADDRSTRLEN];
    if (!network_parse(&proxy, "10.0.0.0/8") || !ip_address_parse(&peer, "10.0.0.1", 8))
        abort();
    const struct networks proxies = {&proxy, 1};
    client = peer;
    ip_address_forwarded(&client, &peer, &proxies, value, len);
    if (networks_contain(&proxies, &client) && memcmp(&client, &peer, sizeof client) != 0)
        abort();
    ip_address_format(text, &client);
    if (!ip_address_parse(&again, text, strlen(text)) || memcmp(&again, &client, sizeof client) != 0)
        abort();
    if (network_parse(&network, value) && network.n_bits > 128)
        abort();
}

static void check_line(struct header_check *check, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return;
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t len = strlen(value);
    (void)header_check_field(check, line, (size_t)(colon - line), value, len);
    if (strlen(check->request_id) >= sizeof check->request_id)
        abort();
    enum media media = media_parse(value);
    if (media == MEDIA_REFUSED &&
        media_fits(media, BADGE_LABEL_RAW, false, value, len < MEDIA_HEAD_LEN ? len : MEDIA_HEAD_LEN))
        abort();
    if (conditions_match(value, "\"0123456789abcdef\"") && !strchr(value, '"') && value[strspn(value, " \t,")] != '*')
        abort();
    check_range(value);
    check_client(value, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct header_check check = {.is_1_1 = true};
    char *head = malloc(size + 1);
    if (!head)
        return 0;
    memcpy(head, data, size);
    head[size] = '\0';
    for (char *line = head, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (line == head)
            check_target(line, &check);
        else
            check_line(&check, line);
    }
    free(head);
    return 0;
}

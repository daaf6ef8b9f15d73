/*
 * The address of the node in links. The handlers of pages and of oEmbed call it on their loop.
 */
#include "site/context.h"

#include <string.h>

void site_base(struct strbuf *out, const struct exchange *x)
{
    const char *url = site_of(x)->options.public_url, *host = exchange_header(x, "Host");
    if (url)
        strbuf_put(out, url, strlen(url));
    else if (host && strlen(host) <= 255)
        strbuf_printf(out, "%s://%s", x->is_https ? "https" : "http", host);
    strbuf_put(out, "", 1); /* terminates it */
}

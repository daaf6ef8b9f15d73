/* The listening sockets: all loops share one port. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "badge/text.h"

struct listen_address {
    char text[80]; /* "127.0.0.1:41234" */
    unsigned port; /* the real one where 0 was requested */
};

/*
 * Opens n sockets on the address, "host:port" or "[host]:port", both numeric.
 * fd        n descriptors, the caller's
 * errors    BADGE_ESYNTAX, BADGE_EIO
 */
enum badge_status listen_open(int fd[], unsigned n, const char *text, struct listen_address *out,
                              struct badge_err *err) BADGE_CHECKED;

#endif

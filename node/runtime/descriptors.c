/*
 * The server, its spools and lingering sockets, and the look-ups that strangers cause ask here after they opened a
 * descriptor. The store asks nobody: a file that it can't open would stop it. The system gives out the lowest free
 * number, so a number near the limit means that almost all below it are in use.
 */
#include "runtime/descriptors.h"

#include <sys/resource.h>

#define KEPT 512u /* the tables of an index, files of batches, journal and anchors, requests to the chain */

bool descriptors_allow(int fd)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return true;
    rlim_t kept = limit.rlim_cur > 4 * KEPT ? KEPT : limit.rlim_cur / 4;
    return (rlim_t)fd < limit.rlim_cur - kept;
}

/* Requests as libmicrohttpd reports them: the loop's thread hands these functions to mhd_start(). */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/mhd.h"

extern const struct mhd_events request_events;

#endif

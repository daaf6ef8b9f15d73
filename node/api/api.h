/*
 * The HTTP API of the node, everything below /v1 and what monitors poll, as a module of the server. openapi.json in
 * this folder describes it; the node serves that file too.
 */
#ifndef API_API_H
#define API_API_H

#include "api/options.h"
#include "http/route.h"

/* For http_new(). The options are borrowed until the server has stopped. */
struct http_module api_module(const struct api_options *options);

#endif

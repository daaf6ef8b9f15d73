/*
 * What a document is, told from its bytes as they arrive. Knows nothing of holding or hashing: that is digest.c.
 */
#ifndef CORE_KIND_H
#define CORE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
    KIND_UNDECIDED,
    KIND_RAW,
    KIND_JSON,
    KIND_IMAGE,
    KIND_SD_JWT,
    KIND_COMPACT, /* only at the end */
    KIND_JWE,     /* only at the end */
};

/* One recognizer a kind, each in a state of its own; plain values. */
struct kind_scan {
    uint8_t png, json, token, xml; /* states; 0 is the first */

    uint8_t part;   /* of the token, from 0 */
    uint8_t filled; /* bit i: part i is not empty */

    uint8_t encoding; /* of the XML */
    uint8_t pending;  /* a byte that waits for the next, */
    bool has_pending; /* if there is one */
    bool in_subset;   /* within the brackets of a DOCTYPE */
    uint8_t quote;    /* what closes a literal, */
    uint8_t resume;   /* and the state after it */
    uint8_t matched;  /* how far into a word or an end mark */
    uint8_t name_len; /* of the root's local name; 4: longer than 3 */
    char name[3];
};

void kind_init(struct kind_scan *scan);
/* Feeds bytes until the kind is decided; what comes after in the same call is not looked at. */
enum kind kind_feed(struct kind_scan *scan, const uint8_t *bytes, size_t len);
/* The document ends while undecided. */
enum kind kind_end(const struct kind_scan *scan);

/* 09 0A 0D 20: the white space of JSON, of XML, and what is removed round a token. */
bool kind_is_space(uint8_t byte);
/* A letter of base64url, RFC 4648 section 5; its six bits in *value. */
bool kind_is_base64url(uint8_t byte, uint8_t *value);

#endif

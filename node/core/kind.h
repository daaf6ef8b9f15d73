/*
 * Recognizes the kind of a document from its bytes as they arrive. Buffering and hashing are digest.c's.
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

/* The states of one recognizer for each kind; a plain value. */
struct kind_scan {
    uint8_t png, json, token, xml; /* states; 0 is the first */

    uint8_t part;   /* of the token, from 0 */
    uint8_t filled; /* bit i: part i is not empty */

    uint8_t encoding; /* of the XML */
    uint8_t pending;  /* the first byte of a pair */
    bool has_pending; /* whether there is one */
    bool in_subset;   /* within the brackets of a DOCTYPE */
    uint8_t quote;    /* the character that closes the literal */
    uint8_t resume;   /* the state after the literal */
    uint8_t matched;  /* how many characters of a keyword or an end mark have matched */
    uint8_t name_len; /* of the root's local name; 4 means longer than 3 */
    char name[3];
};

void kind_init(struct kind_scan *scan);
/* Feeds bytes until the kind is decided; later bytes of the same call are ignored. */
enum kind kind_feed(struct kind_scan *scan, const uint8_t *bytes, size_t len);
/* The kind of a document that ended while undecided. */
enum kind kind_end(const struct kind_scan *scan);
/* The kind of a whole document. */
enum kind kind_of(const void *bytes, size_t len);

/* 09 0A 0D 20: the white space of JSON and XML, and the characters that are removed around a token. */
bool kind_is_space(uint8_t byte);
/* A character of base64url (RFC 4648 section 5); its six bits in *value. */
bool kind_is_base64url(uint8_t byte, uint8_t *value);

#endif

/*
 * Statuses and errors of libbadge's functions.
 *
 * Bad data is a status; a bug in the caller is a BADGE_ASSERT, also in release builds. Every function that can fail
 * returns `enum badge_status` and takes, last, a `struct badge_err *` that may be NULL; the innermost failure fills it
 * and the callers above do not change it.
 */
#ifndef BADGE_STATUS_H
#define BADGE_STATUS_H

#include <stddef.h>

#if defined(__GNUC__)
#define BADGE_API __attribute__((visibility("default")))
#define BADGE_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define BADGE_CHECKED __attribute__((warn_unused_result))
#else
#define BADGE_API
#define BADGE_CHECKED
#define BADGE_PRINTF(fmt, first)
#endif

/* Stops at a bug, in release builds too. A trap needs no stdio, and a debugger shows where it happened. */
#define BADGE_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())

enum badge_status {
    BADGE_OK = 0,
    BADGE_ENOMEM = -1,       /* out of memory, or an arena's ceiling */
    BADGE_ELIMIT = -2,       /* beyond a stated bound */
    BADGE_ESYNTAX = -3,      /* not well-formed */
    BADGE_EUTF8 = -4,        /* not UTF-8, a byte-order mark, a lone surrogate or a noncharacter */
    BADGE_EDUPLICATE = -5,   /* a name twice in one object */
    BADGE_ENUMBER = -6,      /* a number that binary64 can't represent: RFC 7493 section 2.2 */
    BADGE_EDEPTH = -7,       /* nested deeper than BADGE_JSON_MAX_DEPTH */
    BADGE_ETYPE = -8,        /* well-formed, but not of the required type or shape */
    BADGE_EUNSUPPORTED = -9, /* a version, algorithm, kind or label that this version does not handle */
    BADGE_EORDER = -10,      /* not ascending, or two equal */
    BADGE_EMISMATCH = -11,   /* a proof, signature or checksum that does not hold */
    BADGE_EPASSPHRASE = -12, /* a keystore's passphrase is wrong */
    BADGE_ENOTFOUND = -13,
    BADGE_EIO = -14,      /* the disk or the network failed; see the text */
    BADGE_ECORRUPT = -15, /* stored data that contradicts itself */
    BADGE_EREFUSED = -16, /* understood, and not allowed */
    BADGE_EIMAGE = -17,   /* a broken image, or one whose badge is ambiguous */
};

#define BADGE_NO_OFFSET ((size_t)-1)

struct badge_err {
    enum badge_status status;
    size_t offset;  /* in bytes from the start of the document; BADGE_NO_OFFSET: not applicable */
    char text[232]; /* one sentence, no newline, NUL-terminated */
};

/* The stable lower-case name of a status, such as "duplicate"; static storage. */
BADGE_API const char *badge_status_name(enum badge_status status);

#endif

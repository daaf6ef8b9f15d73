/*
 * What a verifier was given by hand: documents of issuers, which count as read from the issuers' own addresses and are
 * not fetched, and JSON-LD contexts beside those that are built in. Filled once, then only read: by any thread.
 */
#ifndef AUDIT_GIVEN_H
#define AUDIT_GIVEN_H

#include "badge/jsonld.h"

struct given;

struct given_document {
    char *id; /* the DID, issuer or key whose document it is */
    char *bytes;
    size_t len;
};

enum badge_status given_new(struct given **out, struct badge_err *err) BADGE_CHECKED;
void given_free(struct given *given);

/* Blocking: files are read. The errors name the file. errors    those of file_read(); BADGE_ELIMIT, BADGE_ENOMEM */
enum badge_status given_add_document(struct given *given, struct badge_text id, const char *file,
                                     struct badge_err *err) BADGE_CHECKED;
/* errors    also those of badge_jsonld_add_context(), if the processor refuses it */
enum badge_status given_add_context(struct given *given, struct badge_text url, const char *file,
                                    struct badge_err *err) BADGE_CHECKED;
/*
 * Every *.json in the folder: a JSON object whose `id` says whose document it is. errors    also BADGE_ETYPE (it has no
 * id), those of badge_json_parse(), BADGE_ENOTFOUND (there is no such folder)
 */
enum badge_status given_add_documents(struct given *given, const char *folder, struct badge_err *err) BADGE_CHECKED;
/*
 * The file contexts.txt in the folder: on each line the URL of a context and the name of its file in the folder, with
 * white space between; lines that are empty or begin with # do not count.
 */
enum badge_status given_add_contexts(struct given *given, const char *folder, struct badge_err *err) BADGE_CHECKED;

/* NULL: none was given for this id. */
const struct given_document *given_find(const struct given *given, struct badge_text id);
/* A new processor with the contexts. errors    those of badge_jsonld_add_context() */
enum badge_status given_processor(struct badge_jsonld **out, const struct given *given,
                                  struct badge_err *err) BADGE_CHECKED;

#endif

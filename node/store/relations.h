/*
 * Which credential replaces which: what administrators have said when they revoked. It is the node's own word, on no
 * chain and in no proof.
 *
 *   relations   a file, appended and synced, never trimmed; created with the first relation. Of several for a digest
 *               the latest counts.
 *
 * relations.c also has store.h's functions for it. Thread-safe.
 */
#ifndef STORE_RELATIONS_H
#define STORE_RELATIONS_H

#include "store/digest_table.h"
#include "store/record_file.h"

struct relations {
    pthread_mutex_t writing;       /* held during disk access */
    pthread_mutex_t mutex;         /* protects the tables; held briefly */
    struct record_file file;       /* not open before the first relation */
    struct digest_table replaced;  /* of relations_entry, by the digest that is replaced */
    struct digest_table replacing; /* of relations_latest, by the digest that replaces it */
};

void relations_init(struct relations *relations);
/* Reads the file, if there is one. errors    those of record_file_open() but BADGE_ENOTFOUND */
enum badge_status relations_open(struct relations *relations, const char *path, struct badge_err *err) BADGE_CHECKED;
/* The same without changing it; no writes may follow. */
enum badge_status relations_open_readonly(struct relations *relations, const char *path,
                                          struct badge_err *err) BADGE_CHECKED;
void relations_close(struct relations *relations);

#endif

/*
 * The batches as a node or a mirror lists them. Parsed strictly, because the list comes from outside. Pure.
 */
#ifndef AUDIT_BATCH_LIST_H
#define AUDIT_BATCH_LIST_H

#include "badge/json.h"
#include "badge/merkle.h"
#include "badge/text.h"

#define BATCH_LIST_MAX (UINT32_C(1) << 20) /* of one source */
#define BATCH_PAGE 100u                    /* in one request */
#define BATCH_PAGE_MAX_LEN ((size_t)1 << 20)
#define BATCH_LIST_MAX_LEN ((size_t)64 << 20) /* of a mirror, in one file */

enum listed_state { LISTED_SEALED, LISTED_SENT, LISTED_MINED, LISTED_FINAL, LISTED_SPOILED, LISTED_UNKNOWN };

struct listed_batch {
    uint32_t number;   /* as the source counts */
    uint32_t replaces; /* the spoiled batch whose credentials it holds; 0: none */
    struct badge_hash root;
    uint32_t tree_size;
    enum listed_state state;
    bool has_sealed_at, has_sequence;
    int64_t sealed_at_s;
    uint64_t sequence;
    uint64_t chain_id;
    struct badge_address contract, issuer;
};

struct batch_list {
    struct listed_batch *batch; /* newest first */
    size_t n, capacity;
    size_t max; /* more are refused; 0: BATCH_LIST_MAX */
};
void batch_list_release(struct batch_list *list);
/* errors    BADGE_ENOMEM, BADGE_ELIMIT (max) */
enum badge_status batch_list_add(struct batch_list *list, const struct listed_batch *batch,
                                 struct badge_err *err) BADGE_CHECKED;

/* In a list whose numbers descend. NULL: not found. */
struct listed_batch *batch_list_find(const struct batch_list *list, uint32_t number);

/*
 * Adds the batches of one page of a node, or of the file of a mirror: {"batches": […]}. Numbers must descend, also from
 * page to page, so a list is finite and has no batch twice. *n_new is how many were added.
 * errors    those of badge_json_parse(); BADGE_ETYPE: not a list of batches; BADGE_EORDER: numbers that do not descend;
 *           BADGE_ELIMIT; BADGE_ENOMEM
 */
enum badge_status batch_list_read(struct batch_list *list, size_t *n_new, const char *bytes, size_t len,
                                  struct badge_err *err) BADGE_CHECKED;

/* "sealed" "sent" "mined" "final" "spoiled" */
const char *listed_state_name(enum listed_state state);

#endif

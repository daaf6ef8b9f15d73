/*
 * A fake chain with a mempool and two providers for tests of anchor/. It does what anvil never does: geth's errors,
 * stuck transactions, reorganizations, receipts that vanish, a spoiled root, a chain that was reset. It defines
 * rpc_new(), rpc_call() and the rest of node/chain/rpc.c, on the simulated clock: a reply takes a millisecond, a block
 * a second. At each broadcast it asserts that the transaction is already in the fake store, which it takes the meaning
 * of a transaction from.
 */
#ifndef TESTS_FAKE_CHAIN_H
#define TESTS_FAKE_CHAIN_H

#include <uv.h>

#include "badge/registry.h"
#include "support/fake_store.h"

#define GWEI UINT64_C(1000000000)
#define FAKE_CHAIN_START_S 1700000010 /* when block 10 came, the head of a chain that was just reset */

extern const struct badge_address fake_contract, fake_issuer;
extern const uint8_t fake_operator_key[32];

/* Chain 31337 with the contract, an operator with one ether, base fee and tip of a gwei, and honest providers. */
void fake_chain_reset(uv_loop_t *loop);

/* -- blocks: all but the last two are final -- */

struct badge_hash fake_chain_block_hash(uint64_t number);
void fake_chain_set_head(uint64_t number);
void fake_chain_mine(unsigned n_blocks); /* now */
void fake_chain_freeze(bool frozen);     /* no new blocks but those of fake_chain_mine() */
void fake_chain_on_demand(bool final);   /* a block for each transaction and no others; final: at once */
void fake_chain_include(bool include);   /* false: new blocks are empty, and transactions stay in the pool */
void fake_chain_finalize_head(void);     /* this and all later heads are final at once */
void fake_chain_hold_final(void);        /* the final block is the one of now, and stays, though new blocks come */
void fake_chain_finality(bool has_finality);
/* The last blocks are replaced by others that have the same transactions. */
void fake_chain_reorg(uint64_t depth);
/* By empty ones, and no pool has their transactions any more. */
void fake_chain_reorg_to_empty(uint64_t depth);

/* -- transactions -- */

void fake_chain_refuse(const char *error, unsigned n); /* the next n broadcasts */
void fake_chain_refuse_with(int64_t code);             /* JSON-RPC's code in these answers, instead of -32000 */
unsigned fake_chain_n_refusing(void);                  /* what is left of n */
void fake_chain_revert(unsigned n);                    /* the next n transactions that are included */
void fake_chain_set_nonce(uint64_t nonce); /* of the operator, as if another program had used its key, or a reorg had
                                              undone that */
void fake_chain_forget_sent(void);         /* as if the node had died before it sent what it has signed */
/* Somebody else's anchor of the root, in a transaction whose hash is 0xee and zeros. */
void fake_chain_add_anchor(const struct badge_hash *root, uint64_t tree_size, uint64_t block);
/* An anchor of another node that has the operator's key, in a block of its own; its nonce is used. */
void fake_chain_add_anchor_of_operator(const struct badge_hash *root);
/* How many blocks a request for events may span (0: any), and the first block that still has them. */
void fake_chain_limit_events(uint64_t span, uint64_t first);
void fake_chain_add_revoked(size_t request); /* by its index in the fake store */

struct fake_sent {
    struct badge_hash transaction;
    uint64_t nonce, max_fee_wei, block; /* block: the head at that time */
};
unsigned fake_chain_n_sent(void); /* broadcasts, to any provider */
const struct fake_sent *fake_chain_sent(unsigned i);
bool fake_chain_has_in_pool(const struct badge_hash *transaction);
unsigned fake_chain_n_mined(void);    /* transactions in blocks, reverted or not */
unsigned fake_chain_n_anchored(void); /* roots */
uint64_t fake_chain_nonce(void);
bool fake_chain_is_revoked(size_t request);

/* -- what the chain is like -- */

enum fake_deployed { FAKE_REGISTRY, FAKE_NO_CONTRACT, FAKE_OTHER_CONTRACT };
void fake_chain_deploy(enum fake_deployed deployed);
void fake_chain_deploy_at(uint64_t block);
void fake_chain_set_id(uint64_t chain_id);
void fake_chain_set_operator(bool is_operator);
void fake_chain_set_balance(uint64_t wei);
void fake_chain_set_base_fee(uint64_t wei);
void fake_chain_set_legacy(uint64_t gas_price_wei); /* a chain without EIP-1559 */
void fake_chain_set_gas_limit(uint64_t gas);        /* of blocks; without it they don't state it */
/* Added to the block numbers that the contract stores, which on a rollup are those of another chain. */
void fake_chain_set_block_number_offset(uint64_t offset);

/* -- providers: 0 and 1 -- */

enum fake_lie {
    FAKE_HONEST,
    FAKE_UNREACHABLE,     /* refuses connections */
    FAKE_SPOILS_ROOTS,    /* reports every root as anchored with another tree size */
    FAKE_OTHER_RECEIPT,   /* returns the receipt of another transaction, which reverted */
    FAKE_TOO_MANY_EVENTS, /* receipts of sets have more events than a set may have digests */
    FAKE_HIDES_ANCHORS,   /* leaves out the events of other nodes with the operator's key */
    FAKE_INVENTS_ANCHORS, /* returns the events of all others as the operator's */
    FAKE_NO_EVENTS,       /* refuses requests for the events of an account */
    FAKE_LOSES_EVENTS,    /* these requests fail, as if the connection broke */
    FAKE_HIDES_NONCE,     /* no account has sent anything */
    FAKE_IS_BEHIND,       /* by three blocks, but not in anything else */
};
void fake_provider_lies(unsigned provider, enum fake_lie lie);
void fake_providers_lie(enum fake_lie lie); /* both */
unsigned fake_provider_n_calls(unsigned provider);
unsigned fake_providers_n_lost(void); /* requests that FAKE_LOSES_EVENTS made fail */
/* After each call to either, when its reply was given. NULL: nothing is called. */
void fake_providers_on_reply(void (*on_reply)(void));

#endif

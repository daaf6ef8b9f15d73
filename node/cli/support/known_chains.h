/*
 * Chains by their ids (EIP-155), so that people see which one they are about to use.
 */
#ifndef CLI_SUPPORT_KNOWN_CHAINS_H
#define CLI_SUPPORT_KNOWN_CHAINS_H

#include <stdint.h>

enum chain_kind { CHAIN_UNKNOWN, CHAIN_MAIN, CHAIN_TEST, CHAIN_DEVELOPMENT };

enum chain_kind known_chain_kind(uint64_t id);
/* "chain 11155111 (Sepolia, a test chain)"; static per thread */
const char *known_chain_text(uint64_t id);

#endif

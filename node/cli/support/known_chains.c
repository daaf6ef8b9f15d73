/*
 * The chains that `badge init` and `badge doctor` know by name. The table decides nothing: any chain can be used.
 */
#include "cli/support/known_chains.h"

#include <stddef.h>
#include <stdio.h>

#include "core/compiler.h"

static const struct {
    uint64_t id;
    const char *name;
    enum chain_kind kind;
} known[] = {
    {1, "Ethereum", CHAIN_MAIN},
    {10, "OP Mainnet", CHAIN_MAIN},
    {56, "BNB Smart Chain", CHAIN_MAIN},
    {100, "Gnosis", CHAIN_MAIN},
    {130, "Unichain", CHAIN_MAIN},
    {137, "Polygon", CHAIN_MAIN},
    {8453, "Base", CHAIN_MAIN},
    {42161, "Arbitrum One", CHAIN_MAIN},
    {42220, "Celo", CHAIN_MAIN},
    {43114, "Avalanche", CHAIN_MAIN},
    {59144, "Linea", CHAIN_MAIN},
    {534352, "Scroll", CHAIN_MAIN},
    {97, "BNB Smart Chain Testnet", CHAIN_TEST},
    {10200, "Gnosis Chiado", CHAIN_TEST},
    {17000, "Holesky", CHAIN_TEST},
    {43113, "Avalanche Fuji", CHAIN_TEST},
    {59141, "Linea Sepolia", CHAIN_TEST},
    {80002, "Polygon Amoy", CHAIN_TEST},
    {84532, "Base Sepolia", CHAIN_TEST},
    {421614, "Arbitrum Sepolia", CHAIN_TEST},
    {534351, "Scroll Sepolia", CHAIN_TEST},
    {560048, "Hoodi", CHAIN_TEST},
    {11142220, "Celo Sepolia", CHAIN_TEST},
    {11155111, "Sepolia", CHAIN_TEST},
    {11155420, "OP Sepolia", CHAIN_TEST},
    {1337, "a development chain", CHAIN_DEVELOPMENT},
    {31337, "a development chain", CHAIN_DEVELOPMENT},
};

enum chain_kind known_chain_kind(uint64_t id)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].id == id)
            return known[i].kind;
    return CHAIN_UNKNOWN;
}

const char *known_chain_text(uint64_t id)
{
    static _Thread_local char text[96];
    (void)snprintf(text, sizeof text, "chain %llu", (unsigned long long)id);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].id == id)
            (void)snprintf(text, sizeof text, "chain %llu (%s%s)", (unsigned long long)id, known[i].name,
                           known[i].kind == CHAIN_TEST ? ", a test chain" : "");
    return text;
}

/*
 * Reports a change on the chain, in a line or as JSON. Called by every command that sends a transaction.
 */
#include "cli/support/tx_report.h"

#include <stdio.h>

void tx_report_add_address(json_t *answer, const char *name, const struct badge_address *address)
{
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, address);
    json_object_set_new(answer, name, json_string(text));
}

void tx_report(const struct chain *chain, json_t *answer, const char *what, const struct chain_receipt *receipt)
{
    char hash[BADGE_HEX_LEN + 1];
    json_object_set_new(answer, "changed", json_boolean(receipt));
    if (receipt) {
        char text[BADGE_HEX_LEN + 3];
        badge_hex_encode(hash, receipt->transaction.b, 32);
        (void)snprintf(text, sizeof text, "0x%s", hash);
        json_object_set_new(answer, "transaction", json_string(text));
        json_object_set_new(answer, "block", json_integer((json_int_t)receipt->block_number));
        json_object_set_new(answer, "gas", json_integer((json_int_t)receipt->gas_used));
    }
    if (chain->json) {
        cli_print_json(json_incref(answer));
    } else if (receipt) {
        printf("%s in block %llu (transaction 0x%s, %llu gas)\n", what, (unsigned long long)receipt->block_number, hash,
               (unsigned long long)receipt->gas_used);
    } else {
        printf("%s already: nothing to do\n", what);
    }
}

/*
 * Prints the account of a keystore. Called by keygen.c and address.c.
 */
#include "cli/support/address_report.h"

#include <stdio.h>

void address_report(const struct cli *cli, const struct badge_address *address, const char *file)
{
    char text[BADGE_ADDRESS_LEN + 1];
    badge_address_format(text, address);
    if (cli->json)
        cli_print_json(json_pack("{s:s,s:o}", "address", text, "file", cli_json_text(file)));
    else
        puts(text);
}

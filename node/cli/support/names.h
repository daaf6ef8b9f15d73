/*
 * The names in an answer, for people: who issued what to whom, who recorded it and when, and which of that is compared
 * and which is the badge's own word. They are those of the summary that the engine read (badge/summary.h).
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdio.h>

#include "badge/verdict.h"

/*
 * Prints some lines; none of a document without a digest. digester: the one that read the document.
 */
void names_print(FILE *out, const struct badge_report *report, const struct badge_evidence *evidence,
                 const struct badge_digester *digester);

#endif

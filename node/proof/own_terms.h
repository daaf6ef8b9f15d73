/*
 * Whether a document gives names of its own making to what it says. An RDF suite signs quads: a term that an inline
 * context makes of @index says nothing in them and is read all the same, one that stands for another property says
 * what was signed of that, and @included, @nest and @reverse put it where nobody reads.
 */
#ifndef PROOF_OWN_TERMS_H
#define PROOF_OWN_TERMS_H

#include "badge/json.h"

/*
 * True: an inline context, anywhere in the document, defines a term that is neither a prefix nor the name at the end
 * of its IRI, or a container in which the names of members are not signed; or a member is a keyword that moves or adds
 * text, or the IRI of something that is read by its name.
 */
bool own_terms_mislead(const struct badge_json_value *document);

#endif

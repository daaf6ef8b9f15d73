/*
 * Whether a credential says to a reader of JSON what its RDF signature covers. An RDF suite signs quads, and the reader
 * reads members by their usual names: an alias in an inline context, a full IRI, @included, @nest, @reverse or a second
 * object of the same id make the same quads, and what they say is not read.
 */
#ifndef PROOF_HIDDEN_H
#define PROOF_HIDDEN_H

#include "badge/jsonld.h"

/*
 * True: the default graph says more, less or something else of the credential than its members: issuer, dates, status,
 * subjects; achievements, credits, results and identifiers of each subject; id, name, creator and alignments of each
 * achievement. Also if a term of the document's own making misleads about any other member (own_terms.h), or there is
 * no memory to compare.
 * dataset    of the credential, whose node is its root
 */
bool hidden_claims(struct badge_arena *arena, const struct badge_rdf_dataset *dataset,
                   const struct badge_json_value *credential);
/* The same of the options of a proof: purpose, method, suite, dates, previousProof. */
bool hidden_options(struct badge_arena *arena, const struct badge_rdf_dataset *dataset,
                    const struct badge_json_value *options, bool is_presentation);

#endif

# RDF: N-Quads, RDFC-1.0, and JSON-LD's way to RDF.
unit_test(rdfc badge_static vectors)
unit_test(to_rdf badge_static)

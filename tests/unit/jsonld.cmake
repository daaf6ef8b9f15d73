# JSON-LD and RDF.
unit_test(contexts core jsonld portable_hash vectors PkgConfig::JANSSON)

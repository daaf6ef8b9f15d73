# JSON-LD and RDF.
unit_test(contexts core jsonld portable_hash vectors PkgConfig::JANSSON)
unit_test(expand core jsonld portable_hash vectors PkgConfig::JANSSON)

fuzzer(conformance conformance core jsonld proof portable_hash)

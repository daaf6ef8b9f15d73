fuzzer(proof core jsonld proof portable_hash)

fuzzer(jsonld core jsonld portable_hash)
fuzzer(nquads core jsonld portable_hash)
fuzzer(rdfc core jsonld portable_hash)

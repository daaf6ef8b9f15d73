fuzzer(key proof core portable_hash)
fuzzer(jose proof core portable_hash)
fuzzer(issuer_document proof core portable_hash)

fuzzer(json core portable_hash)
fuzzer(digest core portable_hash)

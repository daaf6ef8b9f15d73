fuzzer(json core portable_hash)
fuzzer(digest core portable_hash)
fuzzer(reading core portable_hash)
fuzzer(summary core portable_hash)

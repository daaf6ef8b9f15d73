fuzzer(verify core portable_hash)
fuzzer(did core portable_hash)

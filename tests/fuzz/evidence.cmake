fuzzer(verify core portable_hash)

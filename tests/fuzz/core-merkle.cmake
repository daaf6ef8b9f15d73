fuzzer(receipt core portable_hash)

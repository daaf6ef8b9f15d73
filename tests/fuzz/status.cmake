fuzzer(status core status portable_hash)

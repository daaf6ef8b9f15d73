fuzzer(conformance conformance core portable_hash)

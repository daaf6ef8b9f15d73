fuzzer(rlp core portable_hash)
fuzzer(abi core portable_hash)
fuzzer(keystore badge_static)

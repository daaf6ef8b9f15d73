# Keys, transactions, keystores, RLP and the contract's ABI.
unit_test(rlp badge_static vectors)
unit_test(wei badge_static)
unit_test(key badge_static vectors Threads::Threads)
unit_test(transaction badge_static vectors)
unit_test(registry badge_static)
unit_test(keystore badge_static vectors)

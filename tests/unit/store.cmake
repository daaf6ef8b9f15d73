unit_test(store node_store)
unit_test(store_recover node_store)
unit_test(store_damage node_store)
unit_test(crc32c node_store)

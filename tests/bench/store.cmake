bench(store node_store)

fuzzer(batch_list node_audit)
fuzzer(chain_events node_chain)

fuzzer(rpc node_chain)
fuzzer(config node_runtime)
fuzzer(signed node_anchor)

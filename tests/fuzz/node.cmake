fuzzer(rpc node_net)
fuzzer(config node_runtime)
fuzzer(signed node_anchor)

fuzzer(rpc node_net)
fuzzer(config node_runtime)

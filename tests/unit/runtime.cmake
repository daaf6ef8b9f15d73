# What the daemon runs on: log, mailbox, files, configuration, metrics, tokens; and the HTTP client with JSON-RPC.
unit_test(log node_runtime PkgConfig::JANSSON)
unit_test(mailbox node_runtime)
unit_test(file node_runtime)
unit_test(config node_runtime)
unit_test(metrics node_runtime)
unit_test(tokens node_runtime)
unit_test(client node_net)
unit_test(rpc node_net)

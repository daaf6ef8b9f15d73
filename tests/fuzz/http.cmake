fuzzer(http_head node_http)
fuzzer(http_body node_http)

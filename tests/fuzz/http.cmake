fuzzer(http_head node_api node_site)
fuzzer(http_body node_api)

unit_test(http_routes node_http)
unit_test(http_parts node_http)
unit_test(http_server node_http)
unit_test(http_limits node_http)

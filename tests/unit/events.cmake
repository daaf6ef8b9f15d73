unit_test(events node_http)

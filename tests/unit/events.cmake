unit_test(events node_api)

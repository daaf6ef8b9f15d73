unit_test(http_routes node_http)
unit_test(http_parts node_http)
unit_test(http_server node_http)

add_test(NAME integration.http COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/integration/test_http.py)
set_tests_properties(integration.http PROPERTIES LABELS integration TIMEOUT 300
                     ENVIRONMENT "BADGED_BIN=$<TARGET_FILE:badged>")

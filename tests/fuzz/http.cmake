fuzzer(http_body node_api)
if(BADGED_PAGES)
  fuzzer(http_head node_api node_site)
endif()

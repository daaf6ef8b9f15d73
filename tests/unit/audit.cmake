unit_test(agree node_audit)
unit_test(verify_read node_audit)

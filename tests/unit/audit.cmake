# What an audit reads and concludes, without a chain.
unit_test(reconciliation node_audit)
unit_test(audit_read node_audit)
# The daemon's file between its HTTP threads and the audit.
unit_test(verifier node_api fake_clock)
target_sources(test_verifier PRIVATE ${PROJECT_SOURCE_DIR}/node/daemon/verifier.c)

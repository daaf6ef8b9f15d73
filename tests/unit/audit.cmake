# What an audit reads and concludes, without a chain.
unit_test(ledger node_audit)
unit_test(audit_read node_audit)

# From files and a chain's answers to evidence.
unit_test(chain_view badge_static)
unit_test(verify_read badge_static)
unit_test(chain_query badge_static)
unit_test(issuer_accounts badge_static)
unit_test(did badge_static vectors)
unit_test(issuer_documents node_audit scripted_server)
unit_test(status_lists node_audit scripted_server)
unit_test(given node_audit)

unit_test(intake node_intake)
unit_test(batch node_batch)
unit_test(anchor_rules node_anchor)
unit_test(anchor node_anchor)

# The rules of the standards.
unit_test(conformance badge_static vectors)

# The table is what the schemas say, where they are at hand.
add_test(NAME unit.rules_table COMMAND sh -c "[ -d \"$BADGED_VECTORS/schemas\" ] || exit 77; exec '${PROJECT_SOURCE_DIR}/scripts/rules-table' --check \"$BADGED_VECTORS/schemas\"")
set_tests_properties(unit.rules_table PROPERTIES LABELS unit SKIP_RETURN_CODE 77)

# Hashes, texts, trees, receipts, verdicts.
unit_test(hash badge_static vectors)
unit_test(text badge_static)
unit_test(merkle badge_static vectors)
unit_test(receipt badge_static)
unit_test(verdict badge_static)
unit_test(verdict_texts badge_static)
unit_test(verdict_signed badge_static)

# The same test of hashes over portable C; it also shows that core links with nothing but the C library.
add_executable(test_hash_portable unit/test_hash.c $<TARGET_OBJECTS:core> $<TARGET_OBJECTS:portable_hash>)
target_link_libraries(test_hash_portable PRIVATE vectors PkgConfig::CMOCKA m)
target_include_directories(test_hash_portable PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/node ${PROJECT_SOURCE_DIR}/include)
add_test(NAME unit.hash_portable COMMAND test_hash_portable)
set_tests_properties(unit.hash_portable PROPERTIES LABELS unit)

# JSON, numbers and digests. Numbers are held against libdouble-conversion, which is C++; documents against JavaScript.
if(CMAKE_C_COMPILER_ID MATCHES "Clang" AND NOT CMAKE_CXX_COMPILER)
  string(REGEX REPLACE "clang([^/]*)$" "clang++\\1" CMAKE_CXX_COMPILER ${CMAKE_C_COMPILER}) # one runtime of sanitizers
endif()
enable_language(CXX)
find_library(DOUBLE_CONVERSION double-conversion REQUIRED)
find_program(NODE NAMES node nodejs REQUIRED)

unit_test(json core portable_hash vectors)
unit_test(digest core portable_hash vectors)
unit_test(reading core portable_hash vectors)
unit_test(summary core portable_hash)
unit_test(inside core portable_hash)
unit_test(json_out core portable_hash PkgConfig::JANSSON)
unit_test(number core portable_hash ${DOUBLE_CONVERSION})
target_sources(test_number PRIVATE support/number_oracle.cc)

add_executable(canonicalize_lines unit/canonicalize_lines.c)
target_link_libraries(canonicalize_lines PRIVATE core portable_hash)
add_test(NAME unit.json_oracle COMMAND ${NODE} ${CMAKE_CURRENT_SOURCE_DIR}/unit/json_oracle.js
                                       $<TARGET_FILE:canonicalize_lines>)
set_tests_properties(unit.json_oracle PROPERTIES LABELS unit)

# The shared library exports what its headers promise, and nothing else.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME lib.exports COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/check-exports
                                  $<TARGET_FILE:badge_shared>)

# JSON, numbers and digests. Numbers are held against libdouble-conversion, which is C++.
enable_language(CXX)
find_library(DOUBLE_CONVERSION double-conversion REQUIRED)

unit_test(number core portable_hash ${DOUBLE_CONVERSION})
target_sources(test_number PRIVATE unit/number_oracle.cc)

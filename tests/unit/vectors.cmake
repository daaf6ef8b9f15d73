# What tests of public vectors link: reading plain and gzip files, and JSON that is no I-JSON. See vectors.h.
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
add_library(vectors INTERFACE)
target_link_libraries(vectors INTERFACE PkgConfig::ZLIB PkgConfig::JANSSON)

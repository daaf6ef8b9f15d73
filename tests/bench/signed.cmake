bench(signed badge_static PkgConfig::ZLIB)
target_link_options(bench_signed PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free)

bench(signed badge_static)
target_link_options(bench_signed PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free)

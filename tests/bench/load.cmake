# Sends the requests of run to the node and to its reference.
add_executable(load EXCLUDE_FROM_ALL load.c)
add_dependencies(benchmarks load)

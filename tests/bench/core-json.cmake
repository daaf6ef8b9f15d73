bench(canonicalize badge_static)

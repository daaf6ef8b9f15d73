bench(merkle badge_static)

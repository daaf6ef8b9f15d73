bench(check badge_static)

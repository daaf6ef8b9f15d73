bench(rdfc badge_static)

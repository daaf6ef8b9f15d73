# Status lists.
unit_test(status badge_static vectors)

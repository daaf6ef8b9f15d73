# Keys, signatures, issuers' documents, JOSE.
unit_test(keys badge_static vectors)
unit_test(signature badge_static vectors Threads::Threads)
unit_test(jose badge_static vectors)

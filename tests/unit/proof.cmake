# Keys, signatures, issuers' documents, JOSE.
unit_test(keys badge_static vectors)

# Keys, signatures, issuers' documents, JOSE.
unit_test(keys badge_static vectors)
unit_test(signature badge_static vectors Threads::Threads)
unit_test(jose badge_static vectors)
# What proofs sign, which of them count, and what they leave hidden.
unit_test(data_integrity badge_static vectors)
unit_test(proof inquiry signer vectors)
unit_test(proof_libraries inquiry vectors)
unit_test(presentation inquiry signer)
unit_test(hidden inquiry signer vectors)
unit_test(issuer_document badge_static vectors)

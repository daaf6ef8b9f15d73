fuzzer(key proof jsonld core portable_hash)
fuzzer(jose proof jsonld core portable_hash)
fuzzer(issuer_document proof jsonld core portable_hash)

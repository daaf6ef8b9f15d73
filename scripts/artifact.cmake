# Writes the identity and creation code of the compiled contract (IN, contracts/BadgeRegistry.json) as C to OUT.
file(READ ${IN} artifact)
function(bytes_of out member)
  string(JSON text GET "${artifact}" ${member})
  string(REGEX REPLACE "^0x" "" text "${text}")
  string(REGEX REPLACE "([0-9a-fA-F][0-9a-fA-F])" "0x\\1," text "${text}")
  set(${out} "${text}" PARENT_SCOPE)
endfunction()
bytes_of(code bytecode)
bytes_of(code_hash codeHash)
bytes_of(address address)
file(WRITE ${OUT} "#include \"badge/registry.h\"\n\n"
                  "const struct badge_address badge_registry_address = {{${address}}};\n"
                  "const struct badge_hash badge_registry_code_hash = {{${code_hash}}};\n"
                  "const uint8_t badge_registry_init_code[] = {${code}};\n"
                  "const size_t badge_registry_init_code_len = sizeof badge_registry_init_code;\n")

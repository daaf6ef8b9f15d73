# Writes the bytes of IN as the C array NAME, and its length as NAME_len, to OUT.
file(READ ${IN} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR len "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include <stddef.h>\n#include <stdint.h>\n\nextern const uint8_t ${NAME}[];\nextern const size_t ${NAME}_len;\n"
                  "const uint8_t ${NAME}[] = {${bytes}};\nconst size_t ${NAME}_len = ${len};\n")

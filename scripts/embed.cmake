# Makes OUT, C that has the bytes of the file IN as the array NAME, and their number as NAME_len. The assembler reads the
# file: to a compiler half a megabyte is a long list of numbers.
file(SIZE ${IN} len)
file(WRITE ${OUT} "#include <stddef.h>\n#include <stdint.h>\n\nextern const uint8_t ${NAME}[];\nextern const size_t ${NAME}_len;\n"
                  "__asm__(\".pushsection .rodata\\n.global ${NAME}\\n${NAME}: .incbin \\\"${IN}\\\"\\n.popsection\");\n"
                  "const size_t ${NAME}_len = ${len};\n")

# Writes the WebAssembly module IN as the ES module OUT, in base64.
execute_process(COMMAND base64 -w 0 ${IN} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${OUT} "export default \"${text}\";\n")

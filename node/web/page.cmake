# Replaces the markers <!--style-->, <!--script--> and <!--csp--> in HTML by STYLE, SCRIPT and the policy in CSP, and writes
# OUT. In the policy, {style} and {script} become the hashes of exactly what is between the tags, so nothing else can run.
# An optional <!--settings--> becomes empty settings; the other markers are left for the node to fill.
function(read out file)
  file(READ ${file} text)
  string(STRIP "${text}" text)
  if(text MATCHES "</(script|style)")
    message(FATAL_ERROR "${file} contains ${CMAKE_MATCH_0}, which would end it within a page")
  endif()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

function(hash out text)
  string(SHA256 hex "${text}")
  string(TOUPPER "${hex}" hex)
  execute_process(
    COMMAND printf %s ${hex}
    COMMAND basenc --base16 --decode
    COMMAND base64 -w 0
    OUTPUT_VARIABLE base64 COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "'sha256-${base64}'" PARENT_SCOPE)
endfunction()

function(fill marker with)
  string(FIND "${html}" "<!--${marker}-->" first)
  string(FIND "${html}" "<!--${marker}-->" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${HTML} needs the marker <!--${marker}--> once")
  endif()
  string(REPLACE "<!--${marker}-->" "${with}" html "${html}")
  set(html "${html}" PARENT_SCOPE)
endfunction()

file(READ ${HTML} html)
read(style ${STYLE})
read(script ${SCRIPT})
string(REPLACE "<!--" "\\x3c!--" script "${script}") # it occurs only in strings and regular expressions
read(csp ${CSP})
string(REGEX REPLACE "[ \n]+" " " csp "${csp}")
hash(style_hash "${style}")
hash(script_hash "${script}")
string(REPLACE "{style}" "${style_hash}" csp "${csp}")
string(REPLACE "{script}" "${script_hash}" csp "${csp}")
fill(csp "<meta http-equiv=\"Content-Security-Policy\" content=\"${csp}\">")
fill(style "<style>${style}</style>")
fill(script "<script type=\"module\">${script}</script>")
string(REPLACE "<!--settings-->" "<script type=\"application/json\" id=\"settings\">{}</script>" html "${html}")
file(WRITE ${OUT} "${html}")

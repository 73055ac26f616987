# Writes the CTest script of one Catch2 executable, after it was linked:
#   cmake -D EXE=... -D NAME=ets -D OUT=... -P DiscoverTests.cmake
# Catch2's own script would register nothing, without a word, for an executable
# that crashes when asked for its tests, and warns when none is called soak.

# discover(<spec> <prefix> <timeout> <label>) appends a test per test case.
function(discover spec prefix timeout label)
  execute_process(
    COMMAND "${EXE}" "${spec}" --list-test-names-only
    OUTPUT_VARIABLE names ERROR_VARIABLE errors RESULT_VARIABLE result
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  # The exit status is the number of tests modulo 256, a crash is a text.
  if(NOT result MATCHES "^[0-9]+$" OR NOT errors STREQUAL "")
    message(FATAL_ERROR "${EXE} cannot list its tests: ${result}\n${errors}")
  endif()
  set(script "")
  string(REPLACE ";" "\\;" names "${names}")
  string(REPLACE "\n" ";" names "${names}")
  foreach(name IN LISTS names)
    # What Catch2 would read as a pattern or a tag.
    string(REGEX REPLACE "([],[*\\\\])" "\\\\\\1" pattern "${name}")
    string(APPEND script
      "add_test([==[${prefix}${name}]==] [==[${EXE}]==] [==[${pattern}]==] -w NoTests)\n"
      "set_tests_properties([==[${prefix}${name}]==] PROPERTIES"
      " TIMEOUT ${timeout} LABELS [==[${label}]==])\n")
  endforeach()
  file(APPEND "${OUT}.part" "${script}")
endfunction()

file(REMOVE "${OUT}")
file(WRITE "${OUT}.part" "")
discover("~[.]~[soak]" "${NAME}: " 300 "${NAME}")
discover("[soak]" "soak ${NAME}: " 1800 soak)
file(SIZE "${OUT}.part" size)
if(size EQUAL 0)
  message(FATAL_ERROR "${EXE} contains no tests")
endif()
file(RENAME "${OUT}.part" "${OUT}")

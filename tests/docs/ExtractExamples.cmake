# kv_extract_examples(<file> <folder> <snippets> <programs>) writes each block of
# C++ in a Markdown file to a source file of its own in <folder>. Those with a
# main function are <programs>, the others become functions: <snippets>. A block
# below a line `<!-- file: PATH -->` is skipped; readme_test.cpp looks for it in
# that file.
function(kv_extract_examples file folder snippets_var programs_var)
  set(preamble [==[
#include "actors/kv/application.hpp"

#include <iostream>

]==])
  file(READ "${file}" text)
  set(number 0)
  set(snippets "")
  set(programs "")
  while(TRUE)
    string(FIND "${text}" "\n```cpp\n" begin)
    if(begin LESS 0)
      break()
    endif()
    string(SUBSTRING "${text}" 0 ${begin} before)
    math(EXPR begin "${begin} + 8")
    string(SUBSTRING "${text}" ${begin} -1 text)
    string(FIND "${text}" "\n```" end)
    string(SUBSTRING "${text}" 0 ${end} code)
    string(SUBSTRING "${text}" ${end} -1 text)
    if("${before}" MATCHES "<!-- file: [^\n]* -->$")
      continue()
    endif()
    math(EXPR number "${number} + 1")
    set(source "${folder}/example_${number}.cpp")
    if("${code}" MATCHES "int main\\(")
      list(APPEND programs "${source}")
    else()
      list(APPEND snippets "${source}")
      string(CONCAT code "${preamble}"
        "void example_${number}([[maybe_unused]] kv::application& app);\n\n"
        "void example_${number}([[maybe_unused]] kv::application& app) {\n"
        "${code}\n}")
    endif()
    set(old "")
    if(EXISTS "${source}")
      file(READ "${source}" old)
    endif()
    if(NOT "${old}" STREQUAL "${code}\n")
      file(WRITE "${source}" "${code}\n")
    endif()
  endwhile()
  set(${snippets_var} "${snippets}" PARENT_SCOPE)
  set(${programs_var} "${programs}" PARENT_SCOPE)
endfunction()

# The two shapes of target this project has: a room (a library below actors/)
# and the tests of a room (an executable below tests/).

find_package(Threads REQUIRED)

# What users of a room need as well: where includes start, C++20, threads.
add_library(kv_include INTERFACE)
target_include_directories(kv_include INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/kv>")
target_compile_features(kv_include INTERFACE cxx_std_20)
target_link_libraries(kv_include INTERFACE Threads::Threads)

# What every target of the project is compiled with, and no user's.
add_library(kv_flags INTERFACE)
target_link_libraries(kv_flags INTERFACE kv_include)
target_compile_options(kv_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wno-missing-field-initializers
  "$<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>"
  # An eighth of g++'s time went into collecting garbage, which 1 GiB avoids.
  "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-heapsize=1048576>"
  # Not the default of Clang 14; and ccache knows a precompiled header again
  # only if there is no time in it.
  "$<$<CXX_COMPILER_ID:Clang>:-fsized-deallocation;SHELL:-Xclang -fno-pch-timestamp>")
if(KV_WERROR)
  target_compile_options(kv_flags INTERFACE -Werror)
endif()
if(KV_SANITIZE)
  target_compile_options(kv_flags INTERFACE
    "-fsanitize=${KV_SANITIZE}" -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    # CAF's headers bind references to null before they check.
    -fno-sanitize=null)
  target_link_options(kv_flags INTERFACE "-fsanitize=${KV_SANITIZE}")
  if(KV_SANITIZE MATCHES address) # as g++ says it
    target_compile_definitions(kv_flags INTERFACE
      "$<$<CXX_COMPILER_ID:Clang>:__SANITIZE_ADDRESS__>")
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(kv_flags INTERFACE
    # g++ 12 warns of impossible sizes in the standard library, in vain.
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-restrict>"
    -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE)
  target_link_options(kv_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

# What the programs allocate with: many small blocks that live long, and come
# and go on different threads. Sanitizers bring an allocator of their own.
add_library(kv_allocator INTERFACE)
if(NOT KV_SANITIZE)
  find_library(KV_JEMALLOC jemalloc REQUIRED)
  target_link_libraries(kv_allocator INTERFACE "${KV_JEMALLOC}")
endif()

# CAF's headers are most of what the compiler reads: they are compiled once, for
# kv_otp, and everyone with CAF_PCH uses that.
set(KV_CAF_HEADERS
  <caf/actor_system.hpp> <caf/event_based_actor.hpp> <caf/expected.hpp>
  <caf/scoped_actor.hpp> <caf/typed_actor.hpp>
  <caf/typed_event_based_actor.hpp> <caf/typed_response_promise.hpp>
  <functional> <optional> <string> <vector>)

function(kv_use_caf_pch target)
  if(NOT KV_PCH)
    return()
  elseif(target STREQUAL kv_otp)
    target_precompile_headers(kv_otp PRIVATE ${KV_CAF_HEADERS})
  else()
    target_precompile_headers(${target} REUSE_FROM kv_otp)
  endif()
endfunction()

# kv_add_room(<name> SOURCES <file>... [LINK <target>...]
#             [PRIVATE_LINK <target>...] [CAF_PCH])
# defines the library kv_<name>, kv::<name> to users. A room without sources is
# header-only.
function(kv_add_room name)
  cmake_parse_arguments(room "CAF_PCH" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  if(NOT room_SOURCES)
    add_library(kv_${name} INTERFACE)
    add_library(kv::${name} ALIAS kv_${name})
    target_link_libraries(kv_${name} INTERFACE kv_include ${room_LINK})
    return()
  endif()
  add_library(kv_${name} STATIC ${room_SOURCES})
  add_library(kv::${name} ALIAS kv_${name})
  target_link_libraries(kv_${name} PUBLIC kv_include ${room_LINK})
  target_link_libraries(kv_${name} PRIVATE
    "$<BUILD_INTERFACE:kv_flags>" ${room_PRIVATE_LINK})
  if(room_CAF_PCH)
    kv_use_caf_pch(kv_${name})
  endif()
endfunction()

# kv_add_tests(<name> SOURCES <file>... [LINK <target>...] [CAF_PCH]) defines the
# executable kv_<name>_test and one CTest test per Catch2 test case in it.
function(kv_add_tests name)
  cmake_parse_arguments(tests "CAF_PCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(kv_${name}_test ${tests_SOURCES})
  target_link_libraries(kv_${name}_test PRIVATE kv_test_main ${tests_LINK})
  if(tests_CAF_PCH)
    kv_use_caf_pch(kv_${name}_test)
  endif()
  kv_discover_tests(${name})
endfunction()

# Registers every test case of kv_<name>_test with CTest: one process per test
# case, so that none can hide behind another; those with the tag [soak] carry
# that label, all others <name>.
function(kv_discover_tests name)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/kv_${name}_tests.cmake")
  set(script "${PROJECT_SOURCE_DIR}/cmake/DiscoverTests.cmake")
  add_custom_command(TARGET kv_${name}_test POST_BUILD
    COMMAND "${CMAKE_COMMAND}" -D "EXE=$<TARGET_FILE:kv_${name}_test>"
            -D "NAME=${name}" -D "OUT=${out}" -P "${script}"
    BYPRODUCTS "${out}" VERBATIM)
  set_property(TARGET kv_${name}_test APPEND PROPERTY LINK_DEPENDS "${script}")
  # What was not built must not pass.
  file(WRITE "${out}.in" "if(EXISTS \"${out}\")\n  include(\"${out}\")\n"
    "else()\n  add_test([==[${name}: not built]==] kv_${name}_not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${out}.in")
endfunction()

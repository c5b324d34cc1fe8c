# SPDX-License-Identifier: Apache-2.0

# aipg_library(NAME SOURCES a.cc b.cc LINKS other ...)
#   A static library; include paths start at src/.
function(aipg_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
    aipg_watch_threads(${name})
    if(AIPG_WHOLE)
      target_compile_options(${name} PRIVATE ${AIPG_WHOLE})
    endif()
    if(AIPG_WASI)  # a length of 64 bits that is cut to a size_t of 32 would be believed
      target_compile_options(${name} PRIVATE -Wshorten-64-to-32)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
  endif()
endfunction()

# aipg_test(NAME SOURCES a_test.cc LINKS lib ...)
#   One GoogleTest program; each test in it is a ctest test. For WASI it leaves out
#   sources that include a header which is not there, and says so.
function(aipg_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  if(AIPG_WASI)
    foreach(source ${ARG_SOURCES})
      file(STRINGS ${source} absent REGEX "^#include <(${AIPG_ABSENT_HEADERS})" LIMIT_COUNT 1)
      if(absent)
        message(STATUS "wasi: without ${source}: ${absent}")
        list(REMOVE_ITEM ARG_SOURCES ${source})
      endif()
    endforeach()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gmock GTest::gtest_main ${RAPIDCHECK})
  target_compile_definitions(${name} PRIVATE
    AIPG_SOURCE_DIR="${CMAKE_SOURCE_DIR}" AIPG_BINARY_DIR="${CMAKE_BINARY_DIR}")
  aipg_keep_symbols_inside(${name})
  aipg_watch_threads(${name})
  aipg_compile_quickly(${name})
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# Half of what compiling a test costs is optimizing its macros, which no test is the faster for, except where the compiler
# is all that makes it run fast. For other compilers common headers are compiled once, with the first test program; here
# that would hide from ccache what it knows already.
function(aipg_compile_quickly name)
  if(AIPG_WASI)
    target_compile_options(${name} PRIVATE -O1 -g0)
  else()
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)  # which is for what is optimized
  endif()
  if(NOT AIPG_PORTABLE)
    return()
  endif()
  target_compile_options(${name} PRIVATE
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)  # or no two builds of it are the same to ccache
  get_property(first GLOBAL PROPERTY AIPG_FIRST_TEST)
  if(first)
    target_precompile_headers(${name} REUSE_FROM ${first})
    return()
  endif()
  set_property(GLOBAL PROPERTY AIPG_FIRST_TEST ${name})
  target_precompile_headers(${name} PRIVATE <algorithm> <array> <chrono> <expected> <functional> <map> <memory>
    <optional> <set> <span> <string> <string_view> <variant> <vector> <gmock/gmock.h> <gtest/gtest.h>)
endfunction()

# Appraising and making evidence are on one thread, and a third of all there is to compile: with the same flags as in a
# release, they are what ccache has of it already.
set(AIPG_ON_ONE_THREAD aipg_attest aipg_attest_attestation aipg_tee)
function(aipg_watch_threads name)
  if(AIPG_SANITIZE STREQUAL "thread" AND NOT name IN_LIST AIPG_ON_ONE_THREAD)
    # Without the checked copies of memcpy and the like, of which the sanitizer would not know.
    target_compile_options(${name} PRIVATE -fsanitize=thread -fno-omit-frame-pointer -O1 -U_FORTIFY_SOURCE)
  endif()
endfunction()

# aipg_program(NAME SOURCES main.cc LINKS lib ...): lands in build/<preset>/bin.
function(aipg_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS})
  # What of which library is in it, and for what.
  target_link_options(${name} PRIVATE -Wl,--why-extract=${CMAKE_BINARY_DIR}/${name}.parts)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  aipg_keep_symbols_inside(${name})
  aipg_watch_threads(${name})
endfunction()

# For a program whose cost is the way its code lies in memory: it is optimized across its sources, which takes linking
# half a minute more.
function(aipg_optimize_whole name)
  if(AIPG_WHOLE)
    target_link_options(${name} PRIVATE ${AIPG_WHOLE})
  endif()
endfunction()

# Under the sanitizers only the crypto library is kept inside: their runtime
# must stay visible, or libstdc++ allocates with one and frees with another.
function(aipg_keep_symbols_inside name)
  if(AIPG_WASI)
    return()
  elseif(AIPG_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,--exclude-libs,libcrypto.a:libssl.a)
  else()
    target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  endif()
endfunction()

# aipg_fuzz(NAME LINKS lib ...): fuzz/NAME_fuzz.cc with fuzz/corpus/NAME.
#   With AIPG_SANITIZE=address a libFuzzer program; always a plain test over the corpus.
function(aipg_fuzz name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  add_library(${name}_target OBJECT ${CMAKE_SOURCE_DIR}/fuzz/${name}_fuzz.cc)
  target_link_libraries(${name}_target PUBLIC ${ARG_LINKS})
  add_executable(${name}_corpus)
  target_link_libraries(${name}_corpus PRIVATE ${name}_target aipg_fuzz_replay)
  add_test(NAME ${name}_corpus COMMAND ${name}_corpus ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
  if(AIPG_SANITIZE STREQUAL "address")
    add_executable(${name}_fuzz)
    target_link_libraries(${name}_fuzz PRIVATE ${name}_target)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

# SPDX-License-Identifier: Apache-2.0
# GoogleTest from Debian's source package, without what WASI does not have:
# threads, processes, redirected streams and exceptions.
set(googletest /usr/src/googletest)
add_library(gtest STATIC ${googletest}/googletest/src/gtest-all.cc ${googletest}/googlemock/src/gmock-all.cc
  ${googletest}/googlemock/src/gmock_main.cc)
target_include_directories(gtest SYSTEM
  PUBLIC ${googletest}/googletest/include ${googletest}/googlemock/include
  PRIVATE ${googletest}/googletest ${googletest}/googlemock)
target_compile_definitions(gtest PUBLIC GTEST_HAS_PTHREAD=0 GTEST_HAS_DEATH_TEST=0 GTEST_HAS_STREAM_REDIRECTION=0
  GTEST_HAS_EXCEPTIONS=0)
target_compile_options(gtest
  PRIVATE -w -O1 -g0
  # A test that a program stops has nothing to look at here; its statements are still compiled.
  INTERFACE "-DEXPECT_DEATH(statement,matcher)=EXPECT_DEATH_IF_SUPPORTED(statement,matcher)")
add_library(GTest::gmock ALIAS gtest)
add_library(GTest::gtest_main ALIAS gtest)

# What the tests are held against elsewhere is not there: no libxml2, simdjson, RapidCheck. libc++ leaves out
# files and folders, so tests read theirs by base/files_for_tests.h.
set(AIPG_ABSENT_HEADERS "filesystem|fstream|rapidcheck|simdjson|libxml/" CACHE INTERNAL "")
set(RAPIDCHECK "")
set(SIMDJSON "")
add_library(LibXml2::LibXml2 INTERFACE IMPORTED)

# Node 18 wants the flag; later ones take it for nothing.
set(CMAKE_CROSSCOMPILING_EMULATOR node --experimental-wasi-unstable-preview1 --no-warnings
  ${CMAKE_SOURCE_DIR}/scripts/lib/run_wasi.mjs)

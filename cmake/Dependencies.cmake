# SPDX-License-Identifier: Apache-2.0
# AWS-LC comes from scripts/setup's cache; everything else is Debian's.
if(AIPG_WASI)
  set(AIPG_CRYPTO_PART wasi-crypto)
else()
  set(AIPG_CRYPTO_PART crypto)
endif()
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/setup --where ${AIPG_CRYPTO_PART}
  OUTPUT_VARIABLE AIPG_AWS_LC OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS ${AIPG_AWS_LC}/.complete)
  message(FATAL_ERROR "The crypto library is not built yet. Run scripts/setup ${AIPG_CRYPTO_PART} first.")
endif()

# The two halves of AWS-LC. Their symbols stay inside the program that links
# them: Debian's libraries may bring OpenSSL, whose names are the same.
add_library(aws_lc_crypto STATIC IMPORTED)
set_target_properties(aws_lc_crypto PROPERTIES
  IMPORTED_LOCATION ${AIPG_AWS_LC}/lib/libcrypto.a
  INTERFACE_INCLUDE_DIRECTORIES ${AIPG_AWS_LC}/include)
if(AIPG_WASI)
  include(GoogleTestForWasi)
  return()
endif()
find_package(Threads REQUIRED)
target_link_libraries(aws_lc_crypto INTERFACE Threads::Threads)
add_library(aws_lc_ssl STATIC IMPORTED)
set_target_properties(aws_lc_ssl PROPERTIES
  IMPORTED_LOCATION ${AIPG_AWS_LC}/lib/libssl.a
  INTERFACE_LINK_LIBRARIES aws_lc_crypto)

# For the tests of the pure libraries: what they are held against.
find_package(GTest REQUIRED)
find_package(LibXml2 REQUIRED)
find_library(SIMDJSON simdjson REQUIRED)
find_library(RAPIDCHECK rapidcheck REQUIRED)
# For policies' files.
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
if(AIPG_PORTABLE)
  return()
endif()

find_package(SQLite3 REQUIRED)
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
# Inside the program, as what comes next: every other command would wait for it to be loaded.
find_library(SECCOMP libseccomp.a REQUIRED)
# What bash has is there in any case.
set(LIBEDIT "")
foreach(part libedit.a libtinfo.so libbsd.a libmd.a)
  find_library(LIBEDIT_${part} ${part} REQUIRED)
  list(APPEND LIBEDIT ${LIBEDIT_${part}})
endforeach()

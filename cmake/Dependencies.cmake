# SPDX-License-Identifier: Apache-2.0
# AWS-LC comes from scripts/setup's cache; everything else is Debian's.
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/setup --where crypto
  OUTPUT_VARIABLE AIPG_AWS_LC OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS ${AIPG_AWS_LC}/.complete)
  message(FATAL_ERROR "The crypto library is not built yet. Run scripts/setup first.")
endif()

find_package(Threads REQUIRED)

# The two halves of AWS-LC. Their symbols stay inside the program that links
# them: Debian's libraries may bring OpenSSL, whose names are the same.
add_library(aws_lc_crypto STATIC IMPORTED)
set_target_properties(aws_lc_crypto PROPERTIES
  IMPORTED_LOCATION ${AIPG_AWS_LC}/lib/libcrypto.a
  INTERFACE_INCLUDE_DIRECTORIES ${AIPG_AWS_LC}/include
  INTERFACE_LINK_LIBRARIES Threads::Threads)
add_library(aws_lc_ssl STATIC IMPORTED)
set_target_properties(aws_lc_ssl PROPERTIES
  IMPORTED_LOCATION ${AIPG_AWS_LC}/lib/libssl.a
  INTERFACE_LINK_LIBRARIES aws_lc_crypto)

find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(SQLite3 REQUIRED)
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_library(SIMDJSON simdjson REQUIRED)
find_library(RAPIDCHECK rapidcheck REQUIRED)

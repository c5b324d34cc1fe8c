# SPDX-License-Identifier: Apache-2.0
# cmake --install build/release --component verify --prefix DIR: headers, the
# library both ways, a CMake package and a pkg-config file. Nothing else of this
# project is installed.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(AIPG_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/aipg-verify)
install(FILES ${CMAKE_SOURCE_DIR}/include/aipg/aipg.h ${CMAKE_SOURCE_DIR}/include/aipg/attest.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/aipg COMPONENT verify)
install(TARGETS aipg_verify_shared aipg_verify_static EXPORT aipg-verify
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT verify NAMELINK_COMPONENT verify
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT verify)
install(EXPORT aipg-verify NAMESPACE aipg-verify:: FILE aipg-verify-config.cmake
  DESTINATION ${AIPG_PACKAGE_DIR} COMPONENT verify)
write_basic_package_version_file(aipg-verify-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/aipg-verify-config-version.cmake
  DESTINATION ${AIPG_PACKAGE_DIR} COMPONENT verify)

configure_file(${CMAKE_SOURCE_DIR}/cmake/aipg-verify.pc.in aipg-verify.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/aipg-verify.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT verify)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/aipg-verify COMPONENT verify)

# SPDX-License-Identifier: Apache-2.0
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

set(AIPG_WASI OFF)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "wasm32")
  set(AIPG_WASI ON)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(AIPG_WASI)
  # The return address is out of reach there, and wasi-libc has nothing to protect it with.
  add_compile_definitions(_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST)
else()
  add_compile_options(-fstack-protector-strong)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro,-z,now -pie)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GoogleTest's macros end in an else of their own, which g++ suspects wherever one follows an if; and of a
  # std::variant that is moved, it believes that the alternatives that are not there are read.
  add_compile_options(-Wno-dangling-else -Wno-maybe-uninitialized)
elseif(NOT AIPG_WASI)
  add_link_options(-fuse-ld=lld)
endif()

# Assertions are part of a release: they guard invariants, not debugging.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT AIPG_WASI)
  add_compile_options(-D_FORTIFY_SOURCE=2)
endif()

# Objects of a release are both what they always are and what a program may be optimized of as a whole:
# aipg_optimize_whole() of Targets.cmake.
set(AIPG_WHOLE OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT AIPG_SANITIZE AND NOT AIPG_WASI)
  set(AIPG_WHOLE -flto=thin -ffat-lto-objects)
endif()

if(AIPG_SANITIZE STREQUAL "address")
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
  # vptr asks the system whether memory is readable through a pipe: where a test leaves no descriptor, it would cry wolf.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer
    -fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=address,undefined)
elseif(AIPG_SANITIZE STREQUAL "thread")
  add_link_options(-fsanitize=thread)  # what is compiled with it is up to aipg_watch_threads()
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Relative to this checkout, so that clones share what one of them compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})  # without these it keeps nothing that has precompiled headers
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

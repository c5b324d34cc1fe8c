# SPDX-License-Identifier: Apache-2.0
# Toolchain: WebAssembly with the system interface of WASI (preview 1), by
# Debian's clang 19, libc++ 19 and wasi-libc. No threads and no exceptions.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_AR llvm-ar-19)
set(CMAKE_RANLIB llvm-ranlib-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)

# Debian's headers for WASI lie inside the host's folder. Only they are searched,
# so that nothing of the host is taken for something of the target.
set(wasi_headers /usr/include/wasm32-wasi)
set(CMAKE_C_FLAGS_INIT "-nostdlibinc -idirafter ${wasi_headers}")
set(CMAKE_CXX_FLAGS_INIT
  "-fno-exceptions -nostdinc++ -nostdlibinc -isystem ${wasi_headers}/c++/v1 -idirafter ${wasi_headers}")
# The stack lies first, so that running out of it traps instead of overwriting data.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--stack-first -Wl,-z,stack-size=1048576")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

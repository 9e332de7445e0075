# SPDX-License-Identifier: Apache-2.0
# This machine's compilers with the headers and libraries of sysroot.sh, and libstdc++ in every program and library. What is built so
# runs on this machine, too, so it is no cross-compiling for CMake.
get_filename_component(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../../build/wheel-sysroot ABSOLUTE)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)

# -B, because gcc would find this machine's libc.so first.
set(folders "-B${CMAKE_SYSROOT}/usr/lib/x86_64-linux-gnu" -isystem "${CMAKE_CURRENT_LIST_DIR}/include")
list(JOIN folders " " CMAKE_CXX_FLAGS_INIT)
list(GET folders 0 CMAKE_C_FLAGS_INIT)
list(JOIN folders "," hostFolders)
set(CMAKE_CUDA_FLAGS_INIT "-Xcompiler=--sysroot=${CMAKE_SYSROOT},${hostFolders}")
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-static-libstdc++")
endforeach()

# Packages are those of the sysroot; beside them CUDA and the virtual environment with nanobind.
get_filename_component(CMAKE_FIND_ROOT_PATH ${CMAKE_CURRENT_LIST_DIR}/../../build/python-venv ABSOLUTE)
find_program(NMS_WHEEL_NVCC nvcc)
if(NMS_WHEEL_NVCC)
  get_filename_component(nvcc ${NMS_WHEEL_NVCC} REALPATH)
  get_filename_component(cuda ${nvcc}/../.. ABSOLUTE)
  list(APPEND CMAKE_FIND_ROOT_PATH ${cuda})
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/x86_64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/lib/x86_64-linux-gnu/openblas-pthread/pkgconfig")

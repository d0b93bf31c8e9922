# SPDX-License-Identifier: GPL-3.0-or-later
#
# How everything is compiled: warnings, sanitizers (ISOLDE_SANITIZE=address|thread), ccache and mold when present.

option(ISOLDE_WERROR "Warnings are errors" OFF)
set(ISOLDE_SANITIZE "" CACHE STRING "address, thread or empty")

add_library(isolde_warnings INTERFACE)
target_compile_options(isolde_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
    -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers)
if(ISOLDE_WERROR)
    target_compile_options(isolde_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside its own std::string, std::variant and std::optional once inlined.
    target_compile_options(isolde_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(isolde_warnings INTERFACE -Wthread-safety)
endif()

if(ISOLDE_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # libFuzzer sees only code that counts its edges: the libraries under test, not just its own entry.
        add_compile_options(-fsanitize=fuzzer-no-link)
    endif()
elseif(ISOLDE_SANITIZE STREQUAL "thread")
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
endif()

find_program(ISOLDE_CCACHE ccache)
if(ISOLDE_CCACHE)
    # A precompiled header is only cached when ccache may ignore what it cannot see through.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${ISOLDE_CCACHE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-fpch-preprocess)
    endif()
endif()
find_program(ISOLDE_MOLD mold)
if(ISOLDE_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

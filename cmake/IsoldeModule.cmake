# SPDX-License-Identifier: GPL-3.0-or-later
#
# One target per folder. A folder's sources see the headers of the folders that it links and of no other: each target
# has an include root of its own, ${build}/include/<target>, in which only its own folder is linked at its own path.
#
#   isolde_module(vmedia/edit LINKS image THIRD_PARTY OpenSSL::Crypto [HEADERS_ONLY] [PRECOMPILE <nlohmann/json.hpp>])
#
# LINKS names folders ("http/client"); they are public, for their types appear in our headers. THIRD_PARTY is private.
# A folder `testing/` inside becomes the target of "<folder>/testing"; other sub-folders are targets of their own.

function(isolde_target_name folder out)
    string(REPLACE "/" "_" name "${folder}")
    set(${out} "isolde_${name}" PARENT_SCOPE)
endfunction()

function(isolde_include_root folder out)
    isolde_target_name(${folder} target)
    set(root "${CMAKE_BINARY_DIR}/include/${target}")
    get_filename_component(parent "${root}/${folder}" DIRECTORY)
    file(MAKE_DIRECTORY "${parent}")
    file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${root}/${folder}" SYMBOLIC)
    set(${out} "${root}" PARENT_SCOPE)
endfunction()

function(isolde_link target visibility)
    foreach(folder IN LISTS ARGN)
        isolde_target_name(${folder} dependency)
        target_link_libraries(${target} ${visibility} ${dependency})
    endforeach()
endfunction()

function(isolde_module folder)
    cmake_parse_arguments(ARG "" "" "LINKS;THIRD_PARTY;PRECOMPILE" ${ARGN})
    isolde_target_name(${folder} target)
    isolde_include_root(${folder} root)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
    file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${folder}/*.h")
    list(TRANSFORM headers PREPEND "${root}/")
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    if(sources)
        add_library(${target} STATIC ${sources})
        set(visibility PUBLIC)
        target_link_libraries(${target} PRIVATE isolde_warnings Threads::Threads ${ARG_THIRD_PARTY})
    else()
        add_library(${target} INTERFACE)
        set(visibility INTERFACE)
    endif()
    target_sources(${target} ${visibility} FILE_SET HEADERS BASE_DIRS "${root}" FILES ${headers})
    isolde_link(${target} ${visibility} ${ARG_LINKS})
    if(sources AND ARG_PRECOMPILE)
        target_precompile_headers(${target} PRIVATE ${ARG_PRECOMPILE})
    endif()
endfunction()

# isolde_program(isolde-emulator redfish/emulator LINKS redfish/emulator): compiles <folder>/main.cpp into bin/.
function(isolde_program name folder)
    cmake_parse_arguments(ARG "" "" "LINKS;THIRD_PARTY" ${ARGN})
    add_executable(${name} "${CMAKE_SOURCE_DIR}/${folder}/main.cpp")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
    target_link_libraries(${name} PRIVATE isolde_warnings Threads::Threads ${ARG_THIRD_PARTY})
    isolde_link(${name} PRIVATE ${ARG_LINKS})
endfunction()

# isolde_register_test(e2e/kill COMMAND … LABELS e2e story [TIMEOUT 120] [SERIAL] [ENVIRONMENT A=b]): tells CTest of a
# program. It finds the sources and the programs in its environment. Sanitizers get more time.
function(isolde_register_test path)
    cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "COMMAND;LABELS;ENVIRONMENT" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    if(ISOLDE_SANITIZE)
        math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
    endif()
    add_test(NAME ${path} COMMAND ${ARG_COMMAND})
    set_tests_properties(${path} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} RUN_SERIAL ${ARG_SERIAL} ENVIRONMENT
        "ISOLDE_SOURCE_DIR=${CMAKE_SOURCE_DIR};ISOLDE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;${ARG_ENVIRONMENT}")
endfunction()

# isolde_test(unit/image LINKS image image/testing [ENVIRONMENT A=b] [TIMEOUT 120] [SERIAL]): every *.cpp in
# tests/<path> becomes one GoogleTest program, registered with CTest under the path's name. The first part of the path
# is its label.
function(isolde_test path)
    cmake_parse_arguments(ARG "SERIAL" "TIMEOUT" "LINKS;THIRD_PARTY;ENVIRONMENT" ${ARGN})
    string(REPLACE "/" "_" name "${path}")
    string(REGEX MATCH "^[^/]+" label "${path}")
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${path}/*.cpp")
    add_executable(test_${name} ${sources})
    set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    target_link_libraries(test_${name} PRIVATE isolde_warnings Threads::Threads GTest::gmock GTest::gtest_main
                                               ${ARG_THIRD_PARTY})
    isolde_link(test_${name} PRIVATE ${ARG_LINKS})
    target_precompile_headers(test_${name} REUSE_FROM isolde_test_pch)
    set(serial "")
    if(ARG_SERIAL)
        set(serial SERIAL)
    endif()
    isolde_register_test(${path} COMMAND test_${name} LABELS ${label} TIMEOUT ${ARG_TIMEOUT} ${serial}
                         ENVIRONMENT ${ARG_ENVIRONMENT})
endfunction()

# isolde_fuzz(fat SOURCES tests/fuzz/fat_fuzz.cpp LINKS image): a libFuzzer program fuzz_<name>, only where the build is
# by clang with the address sanitizer (preset fuzz); elsewhere nothing. The target `fuzzers` is all of them.
function(isolde_fuzz name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT ISOLDE_SANITIZE STREQUAL "address")
        return()
    endif()
    list(TRANSFORM ARG_SOURCES PREPEND "${CMAKE_SOURCE_DIR}/")
    add_executable(fuzz_${name} ${ARG_SOURCES})
    set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${name} PRIVATE isolde_warnings Threads::Threads)
    isolde_link(fuzz_${name} PRIVATE ${ARG_LINKS})
    if(NOT TARGET fuzzers)
        add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers fuzz_${name})
endfunction()

# SPDX-License-Identifier: GPL-3.0-or-later
#
# Libraries, all Debian 12 packages. Folders link them PRIVATE; their headers stay in .cpp files.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 EXACT REQUIRED COMPONENTS filesystem)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)

# Debian's SOCI has no CMake configuration.
find_path(SOCI_INCLUDE_DIR soci/soci.h REQUIRED)
find_library(SOCI_CORE_LIBRARY soci_core REQUIRED)
find_library(SOCI_SQLITE_LIBRARY soci_sqlite3 REQUIRED)
add_library(isolde_soci INTERFACE)
target_include_directories(isolde_soci SYSTEM INTERFACE ${SOCI_INCLUDE_DIR})
target_link_libraries(isolde_soci INTERFACE ${SOCI_CORE_LIBRARY} ${SOCI_SQLITE_LIBRARY} SQLite::SQLite3)
# Its library does not export the type information that the check of virtual calls asks for.
if(ISOLDE_SANITIZE STREQUAL "address")
    target_compile_options(isolde_soci INTERFACE -fno-sanitize=vptr)
endif()

# cpprestsdk's own configuration asks for Boost components that its users do not link.
find_path(CPPREST_INCLUDE_DIR cpprest/http_client.h REQUIRED)
find_library(CPPREST_LIBRARY cpprest REQUIRED)
add_library(isolde_cpprest INTERFACE)
target_include_directories(isolde_cpprest SYSTEM INTERFACE ${CPPREST_INCLUDE_DIR})
# The templates of its streams and their instances in the library disagree about type information.
if(ISOLDE_SANITIZE STREQUAL "address")
    target_compile_options(isolde_cpprest INTERFACE -fno-sanitize=vptr)
endif()
target_compile_definitions(isolde_cpprest INTERFACE _TURN_OFF_PLATFORM_STRING)
target_link_libraries(isolde_cpprest INTERFACE ${CPPREST_LIBRARY} OpenSSL::SSL)

pkg_check_modules(libisofs REQUIRED IMPORTED_TARGET libisofs-1>=1.5.4)
add_library(isolde_libisofs INTERFACE)
target_link_libraries(isolde_libisofs INTERFACE PkgConfig::libisofs)

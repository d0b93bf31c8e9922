# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(bench_composer "${CMAKE_CURRENT_SOURCE_DIR}/bench/composer_main.cpp")
set_target_properties(bench_composer PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
target_link_libraries(bench_composer PRIVATE isolde_warnings Threads::Threads)
isolde_link(bench_composer PRIVATE base image vmedia/compose)

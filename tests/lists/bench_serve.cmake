# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(bench_media_server "${CMAKE_CURRENT_SOURCE_DIR}/bench/media_server_main.cpp")
set_target_properties(bench_media_server PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
target_link_libraries(bench_media_server PRIVATE isolde_warnings Threads::Threads)
isolde_link(bench_media_server PRIVATE vmedia/serve)

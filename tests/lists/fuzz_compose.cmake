# SPDX-License-Identifier: GPL-3.0-or-later
foreach(parser IN ITEMS coreos_areas checksum_list cpio)
    isolde_fuzz(${parser} SOURCES tests/fuzz/${parser}_fuzz.cpp LINKS base image vmedia/edit)
endforeach()
foreach(target IN ITEMS compose manifest path_table)
    isolde_fuzz(${target} SOURCES tests/fuzz/${target}_fuzz.cpp LINKS base image vmedia/edit vmedia/compose)
endforeach()

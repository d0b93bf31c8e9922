# SPDX-License-Identifier: GPL-3.0-or-later
foreach(reader IN ITEMS iso9660 fat partition_table el_torito pe isomd5 rock_ridge udf)
    isolde_fuzz(${reader} SOURCES tests/fuzz/${reader}_fuzz.cpp LINKS base image)
endforeach()

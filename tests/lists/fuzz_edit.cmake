# SPDX-License-Identifier: GPL-3.0-or-later
foreach(editor IN ITEMS grub isolinux bls fat_editor)
    isolde_fuzz(${editor} SOURCES tests/fuzz/${editor}_fuzz.cpp LINKS base image vmedia/edit)
endforeach()

// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_map.h"

#define LIBISOFS_WITHOUT_LIBBURN 1
#include <libisofs/libisofs.h>

namespace isolde::vmedia::tests {
namespace {

std::string describe(IsoNode* node) {
    switch (iso_node_get_type(node)) {
        case LIBISO_DIR: return "d";
        case LIBISO_SYMLINK: return "l" + std::string(iso_symlink_get_dest(reinterpret_cast<IsoSymlink*>(node)));
        case LIBISO_FILE: return "f" + std::to_string(iso_file_get_size(reinterpret_cast<IsoFile*>(node)));
        default: return "boot catalog";
    }
}

void add_children(std::map<std::string, std::string>& map, IsoDir* directory, const std::string& path) {
    IsoDirIter* iterator = nullptr;
    ASSERT_EQ(iso_dir_get_children(directory, &iterator), ISO_SUCCESS);
    for (IsoNode* node = nullptr; iso_dir_iter_next(iterator, &node) == 1;) {
        const std::string child = path + "/" + iso_node_get_name(node);
        map[child] = describe(node);
        if (iso_node_get_type(node) == LIBISO_DIR) {
            add_children(map, reinterpret_cast<IsoDir*>(node), child);
        }
    }
    iso_dir_iter_free(iterator);
}

}  // namespace

std::map<std::string, std::string> map_by_libisofs(const std::string& iso) {
    static const int initialized = iso_init();
    EXPECT_GE(initialized, 0);
    std::string never = "NEVER";
    std::string fatal = "FATAL";
    std::string prefix;
    iso_set_msgs_severities(never.data(), fatal.data(), prefix.data());
    std::map<std::string, std::string> map;
    IsoImage* image = nullptr;
    IsoDataSource* source = nullptr;
    IsoReadOpts* options = nullptr;
    EXPECT_EQ(iso_image_new("x", &image), ISO_SUCCESS);
    EXPECT_EQ(iso_data_source_new_from_file(iso.c_str(), &source), ISO_SUCCESS);
    EXPECT_EQ(iso_read_opts_new(&options, 0), ISO_SUCCESS);
    iso_read_opts_set_input_charset(options, "UTF-8");
    iso_read_opts_set_no_md5(options, 1);
    EXPECT_GE(iso_image_import(image, source, options, nullptr), 0) << iso;
    add_children(map, iso_image_get_root(image), "");
    iso_read_opts_free(options);
    iso_data_source_unref(source);
    iso_image_unref(image);
    return map;
}

}  // namespace isolde::vmedia::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/build/iso_image.h"

#include "base/mutex.h"

#include <sys/types.h>
#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#define LIBISOFS_WITHOUT_LIBBURN 1
#include <libisofs/libisofs.h>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kBlock = 2048;
constexpr mode_t kDirectoryMode = 0755;
constexpr std::size_t kSystemArea = 32'768;  // ECMA-119 §6.2.1
constexpr std::uint8_t kEfiPlatform = 0xef;
constexpr short kIsolinuxSectors = 4;  // isolinux.bin loads the rest of itself

struct FreeImage {
    void operator()(IsoImage* image) const { iso_image_unref(image); }
};
struct FreeOptions {
    void operator()(IsoWriteOpts* options) const { iso_write_opts_free(options); }
};
/// Ends the writing thread of libisofs.
struct FreeSource {
    void operator()(burn_source* source) const {
        source->free_data(source);
        std::free(source);
    }
};
using ImageHandle = std::unique_ptr<IsoImage, FreeImage>;
using OptionsHandle = std::unique_ptr<IsoWriteOpts, FreeOptions>;
using SourceHandle = std::unique_ptr<burn_source, FreeSource>;

base::Result<void> check(int code, const std::string& what) {
    if (code >= 0) {
        return {};
    }
    const char* reason = iso_error_to_msg(code);
    return base::internal("making an ISO image: " + what + ": " + (reason == nullptr ? "unknown" : reason));
}

/// libisofs is one state for the whole process: messages, identifiers and the character set.
base::Mutex& library_mutex() {
    static base::Mutex mutex;
    return mutex;
}

base::Result<void> start_library() {
    static const int kStarted = [] {
        const int code = iso_init();
        iso_set_msgs_severities(const_cast<char*>("NEVER"), const_cast<char*>("FATAL"), const_cast<char*>(""));
        iso_set_local_charset(const_cast<char*>("UTF-8"), 0);
        return code;
    }();
    return check(kStarted, "starting libisofs");
}

base::Result<IsoDir*> enter_directory(IsoDir* parent, const std::string& name) {
    IsoNode* found = nullptr;
    if (iso_dir_get_node(parent, name.c_str(), &found) == 1) {
        return reinterpret_cast<IsoDir*>(found);
    }
    IsoDir* made = nullptr;
    TRY(check(iso_tree_add_new_dir(parent, name.c_str(), &made), "the directory " + name));
    iso_node_set_permissions(reinterpret_cast<IsoNode*>(made), kDirectoryMode);
    return made;
}

/// libisofs frees the memory of a stream with free().
base::Result<IsoStream*> open_stream(const MediaFile& file) {
    auto* copy = static_cast<unsigned char*>(std::malloc(file.content.size() + 1));
    if (copy == nullptr) {
        return base::exhausted("no memory for " + file.path);
    }
    if (!file.content.empty()) {
        std::memcpy(copy, file.content.data(), file.content.size());
    }
    IsoStream* stream = nullptr;
    const auto opened = check(iso_memory_stream_new(copy, file.content.size(), &stream), file.path);
    if (!opened.ok()) {
        std::free(copy);
        return opened.error();
    }
    return stream;
}

base::Result<void> add_file(IsoImage* image, const MediaFile& file) {
    IsoDir* directory = iso_image_get_root(image);
    std::size_t begin = 1;
    for (std::size_t slash = file.path.find('/', 1); slash != std::string::npos; slash = file.path.find('/', begin)) {
        directory = TRY(enter_directory(directory, file.path.substr(begin, slash - begin)));
        begin = slash + 1;
    }
    IsoStream* stream = TRY(open_stream(file));
    IsoFile* node = nullptr;
    auto added = check(iso_tree_add_new_file(directory, file.path.c_str() + begin, stream, &node), file.path);
    if (!added.ok()) {
        iso_stream_unref(stream);
        return added;
    }
    iso_node_set_permissions(reinterpret_cast<IsoNode*>(node), static_cast<mode_t>(file.mode & 07777U));
    return {};
}

base::Result<ImageHandle> make_tree(const MediaContent& content, const std::vector<const MediaFile*>& files) {
    IsoImage* raw = nullptr;
    TRY(check(iso_image_new(content.label.c_str(), &raw), "a new image"));
    ImageHandle image(raw);
    iso_image_set_volume_id(raw, content.label.c_str());
    iso_image_set_system_id(raw, "LINUX");
    iso_image_set_application_id(raw, "ISOLDE");
    iso_image_set_data_preparer_id(raw, "ISOLDE");
    iso_image_set_publisher_id(raw, "ISOLDE");
    iso_node_set_permissions(reinterpret_cast<IsoNode*>(iso_image_get_root(raw)), kDirectoryMode);
    for (const MediaFile* file : files) {
        TRY(add_file(raw, *file));
    }
    return image;
}

base::Result<void> add_boot_image(IsoImage* image, const IsoBoot& boot, const std::string& path, bool efi) {
    ElToritoBootImage* entry = nullptr;
    const bool first = !efi || boot.bios_image.empty();
    TRY(check(first ? iso_image_set_boot_image(image, path.c_str(), ELTORITO_NO_EMUL, boot.catalog.c_str(), &entry)
                    : iso_image_add_boot_image(image, path.c_str(), ELTORITO_NO_EMUL, 0, &entry),
              "the boot image " + path));
    if (!efi) {
        constexpr int kBootInfoTable = 1;
        el_torito_set_load_size(entry, kIsolinuxSectors);
        return check(el_torito_set_isolinux_options(entry, kBootInfoTable, 0), path);
    }
    constexpr int kGptBasicData = 1 << 2;
    el_torito_set_full_load(entry, 1);
    TRY(check(el_torito_set_boot_platform_id(entry, kEfiPlatform), path));
    return boot.hybrid_mbr.empty() ? base::Result<void>()
                                   : check(el_torito_set_isolinux_options(entry, kGptBasicData, 0), path);
}

base::Result<void> make_bootable(IsoImage* image, const IsoBoot& boot) {
    if (!boot.bios_image.empty()) {
        TRY(add_boot_image(image, boot, boot.bios_image, false));
    }
    if (!boot.efi_image.empty()) {
        TRY(add_boot_image(image, boot, boot.efi_image, true));
    }
    return {};
}

/// The GUIDs of the partition table come from the volume's date.
base::Result<void> make_hybrid(IsoWriteOpts* options, const IsoBoot& boot) {
    constexpr int kIsohybrid = 1 << 1;
    constexpr int kGuidOfVolume = 2;
    if (boot.hybrid_mbr.empty() || boot.bios_image.empty()) {
        return {};
    }
    if (boot.hybrid_mbr.size() > 512) {
        return base::invalid_argument("a hybrid MBR has 512 bytes at most, not " +
                                      std::to_string(boot.hybrid_mbr.size()));
    }
    std::array<char, kSystemArea> area{};
    std::memcpy(area.data(), boot.hybrid_mbr.data(), boot.hybrid_mbr.size());
    TRY(check(iso_write_opts_set_system_area(options, area.data(), kIsohybrid, 0), "the hybrid MBR"));
    return check(iso_write_opts_set_gpt_guid(options, nullptr, kGuidOfVolume), "the partition table");
}

/// The digits of a volume date, ECMA-119 §8.4.26.1, without the zone.
std::string volume_date(std::time_t date) {
    std::tm parts{};
    gmtime_r(&date, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S00", &parts);
    return text.data();
}

base::Result<OptionsHandle> make_options(std::time_t date) {
    IsoWriteOpts* raw = nullptr;
    TRY(check(iso_write_opts_new(&raw, 0), "options"));
    OptionsHandle options(raw);
    iso_write_opts_set_iso_level(raw, 3);
    iso_write_opts_set_rockridge(raw, 1);
    iso_write_opts_set_joliet(raw, 1);
    iso_write_opts_set_joliet_long_names(raw, 1);
    iso_write_opts_set_joliet_longer_paths(raw, 1);
    iso_write_opts_set_allow_deep_paths(raw, 1);
    iso_write_opts_set_allow_longer_paths(raw, 1);
    // Without it the label is mapped to upper case and underscores: nobody would find "config-2".
    iso_write_opts_set_relaxed_vol_atts(raw, 1);
    // Joliet names as they are: neither "user_data." nor ";1".
    iso_write_opts_set_no_force_dots(raw, 2);
    iso_write_opts_set_omit_version_numbers(raw, 2);
    // Rock Ridge 1.12 numbers the files, by the order of addresses in memory. 1.10 has no such numbers.
    iso_write_opts_set_rrip_version_1_10(raw, 1);
    iso_write_opts_set_output_charset(raw, "UTF-8");
    iso_write_opts_set_replace_mode(raw, 0, 0, 1, 1);
    iso_write_opts_set_always_gmt(raw, 1);
    iso_write_opts_set_replace_timestamps(raw, 2);
    iso_write_opts_set_default_timestamp(raw, date);
    iso_write_opts_set_dir_rec_mtime(raw, 3);
    std::string digits = volume_date(date);
    TRY(check(iso_write_opts_set_pvd_times(raw, date, date, 0, 0, digits.data()), "dates"));
    return options;
}

base::Result<base::Bytes> write_image(IsoImage* image, IsoWriteOpts* options) {
    burn_source* raw = nullptr;
    TRY(check(iso_image_create_burn_source(image, options, &raw), "laying out the files"));
    const SourceHandle source(raw);
    const auto size = static_cast<std::size_t>(raw->get_size(raw));
    base::Bytes bytes(size);
    for (std::size_t offset = 0; offset < size; offset += kBlock) {
        if (raw->read_xt(raw, reinterpret_cast<unsigned char*>(bytes.data() + offset), kBlock) != int{kBlock}) {
            return base::internal("making an ISO image: libisofs ended at byte " + std::to_string(offset) + " of " +
                                  std::to_string(size));
        }
    }
    return bytes;
}

}  // namespace

base::Result<base::Bytes> build_iso(const MediaContent& content, std::int64_t date, const IsoBoot& boot) {
    const auto files = TRY(sorted_files(content));
    const base::Lock lock(library_mutex());
    TRY(start_library());
    const ImageHandle image = TRY(make_tree(content, files));
    TRY(make_bootable(image.get(), boot));
    const OptionsHandle options = TRY(make_options(static_cast<std::time_t>(date)));
    TRY(make_hybrid(options.get(), boot));
    return write_image(image.get(), options.get());
}

}  // namespace isolde::vmedia

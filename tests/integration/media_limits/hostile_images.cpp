// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostile_images.h"

#include "iso_writer.h"

#include <functional>

namespace isolde::tests {
namespace {

constexpr std::uint64_t kBlock = 2048;
constexpr unsigned kMany = 100'000;
constexpr unsigned kConfigurations = 500;
constexpr std::size_t kLargestConfiguration = 1U << 20U;
constexpr std::string_view kEntry = "menuentry x {\n linux /boot/vmlinuz quiet\n initrd /boot/initrd\n}\n";

std::vector<Node> numbered(unsigned count, const std::function<Node(unsigned)>& make) {
    std::vector<Node> nodes;
    nodes.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
        nodes.push_back(make(i));
    }
    return nodes;
}

std::string repeated(std::string_view text, std::size_t size) {
    std::string all;
    while (all.size() + text.size() <= size) {
        all += text;
    }
    return all;
}

/// `line` for each number, "#" standing for it, up to `size` bytes.
std::string counted(std::string_view line, std::size_t size) {
    std::string all;
    for (unsigned i = 0;; ++i) {
        std::string next;
        for (const char c : line) {
            next += c == '#' ? std::to_string(i) : std::string(1, c);
        }
        if (all.size() + next.size() > size) {
            return all;
        }
        all += next;
    }
}

Node boot(std::vector<Node> grub, std::vector<Node> isolinux = {}) {
    Node boot = directory("boot", {file("vmlinuz", "kernel"), file("initrd", "070701")});
    boot.children.push_back(directory("grub", std::move(grub)));
    Node root = directory("", {std::move(boot), directory("isolinux", std::move(isolinux))});
    root.children.push_back(file("X", "x"));
    return root;
}

void write(const std::string& path, const Node& root, const IsoShape& shape = {}) {
    const SparseFile image(path);
    write_iso(image, root, shape);
}

/// All configurations of the image have one content, at one place.
void write_configurations(const std::string& path, unsigned count, const std::string& text, bool isolinux = false) {
    const SparseFile image(path);
    const Extent place{kFreeBlocks, static_cast<std::uint32_t>(text.size())};
    std::vector<Node> files = numbered(count, [&](unsigned i) {
        Node node = file(std::to_string(i) + ".cfg", "");
        node.extent = place;
        return node;
    });
    Node root = isolinux ? boot({}, std::move(files)) : boot(std::move(files));
    write_iso(image, root);
    image.write(kFreeBlocks * kBlock, text);
}

void write_full_directory(const std::string& path) {
    write(path,
          boot(numbered(kMany,
                        [](unsigned i) {
                            const bool configuration = i % (kMany / kConfigurations) == 0;
                            return file("name-" + std::to_string(i) + (configuration ? ".cfg" : ""),
                                        configuration ? std::string(kEntry) : "");
                        })),
          {.joliet = true});
}

void write_directories(const std::string& path) {
    Node root = boot({file("grub.cfg", std::string(kEntry))});
    root.children[0].children[2].children.push_back(
        directory("many", numbered(kMany, [](unsigned i) { return directory("d" + std::to_string(i), {}); })));
    write(path, root);
}

/// Each of 100,000 records leads to one full directory.
void write_one_directory_often(const std::string& path) {
    Node root = boot({file("grub.cfg", std::string(kEntry))});
    root.children.push_back(
        directory("full", numbered(kMany / 3, [](unsigned i) { return file("f" + std::to_string(i), ""); })));
    root.children[0].children[2].children = numbered(kMany, [](unsigned i) {
        Node node = directory("d" + std::to_string(i), {});
        node.extent = Extent{1004, 4U << 20U};
        return node;
    });
    root.children[0].children[2].children.push_back(file("grub.cfg", std::string(kEntry)));
    write(path, root);
}

void write_path_table(const std::string& path) {
    const std::string record = std::string("\1\0", 2) + little(1001, 4) + little(1, 2) + std::string("A\0", 2);
    const std::string root = std::string("\1\0", 2) + little(1000, 4) + little(1, 2) + std::string("\0\0", 2);
    write(path, boot({file("grub.cfg", std::string(kEntry))}), {.path_table = root + repeated(record, 16'777'200)});
}

/// Every entry is an EFI image; so many sections fit into the block.
void write_catalog(const std::string& path) {
    const std::string entry = std::string("\x88\0\0\0\0\0", 6) + little(4, 2) + little(1000, 4) + std::string(20, '\0');
    const std::string header = std::string("\x90\xef", 2) + little(65535, 2) + std::string(28, '\0');
    write(path, boot({file("grub.cfg", std::string(kEntry))}),
          {.catalog = entry + header + repeated(entry, kBlock - 96)});
}

/// Directories that Rock Ridge relocates from each other.
void write_relocations(const std::string& path) {
    Node root = boot(numbered(kMany, [](unsigned i) {
        Node node = file("r" + std::to_string(i), "");
        node.fields = join({"CL\x0c\x01", both(1000 + i % 4)});
        return node;
    }));
    root.children[0].children[2].children.push_back(file("grub.cfg", std::string(kEntry)));
    write(path, root);
}

/// Every record goes on in 64 blocks of the shortest fields, one behind the other.
void write_continuations(const std::string& path) {
    const SparseFile image(path);
    const auto area = [](std::uint32_t block, std::size_t offset = 0) {
        return join({"CE\x1c\x01", both(block), both(static_cast<std::uint32_t>(offset)), both(kBlock)});
    };
    Node root = boot(numbered(kMany, [&](unsigned i) {
        Node node = file("c" + std::to_string(i) + (i % 200 == 0 ? ".cfg" : ""), std::string(kEntry));
        node.extent = Extent{kFreeBlocks + 200, static_cast<std::uint32_t>(kEntry.size())};
        node.fields = area(kFreeBlocks);
        return node;
    }));
    write_iso(image, root);
    for (std::uint32_t i = 0; i < 64; ++i) {
        image.write((kFreeBlocks + i) * kBlock,
                    repeated("XX\4\1", kBlock - 28) + (i < 63 ? area(kFreeBlocks + i + 1) : ""));
    }
    image.write((kFreeBlocks + 200) * kBlock, kEntry);
}

void write_large_configuration(const std::string& path) {
    Node node = file("grub.cfg", "");
    node.extent = Extent{2000, 2U << 30U};
    write(path, boot({node}), {.blocks = 2'000'000});
}

void write_lists(const std::string& path) {
    Node root = boot({file("grub.cfg", std::string(kEntry))});
    const std::string digits(32, 'a');
    const std::string text = repeated(digits + "  ./boot/grub/grub.cfg\n", 16U << 20U);
    for (const char* name : {"md5sum.txt", "sha1sum.txt", "sha256sum.txt", "sha512sum.txt", "CHECKSUMS", ".treeinfo"}) {
        root.children.push_back(file(name, ""));
        root.children.back().extent = Extent{4000, static_cast<std::uint32_t>(text.size())};
    }
    const SparseFile image(path);
    write_iso(image, root, {.blocks = 20'000});
    image.write(4000 * kBlock, text);
}

void write_grub_entries(const std::string& path) {
    write_configurations(path, 256, counted("linux /k#;initrd /i#;", 44'000));
}
void write_grub_configurations(const std::string& path) {
    write_configurations(path, 512, counted("menuentry #{\n linux $k# a=$v#\n}\n", kLargestConfiguration));
}
void write_grub_variables(const std::string& path) {
    write_configurations(path, 2, counted("v#=a\n", 500'000) + "linux /k " + counted("$v# ", 500'000) + "\n");
}
void write_grub_words(const std::string& path) {
    write_configurations(path, 2, repeated("a;", kLargestConfiguration));
}
void write_grub_titles(const std::string& path) {
    write_configurations(
        path, 2, join({"submenu ", std::string(500'000, 't'), "{\n", counted("menuentry a#{linux /k#\n}\n", 500'000)}));
}
void write_grub_functions(const std::string& path) {
    write_configurations(path, 2, join({"function ", std::string(500'000, 'f'), "{\n", repeated("a\n", 500'000)}));
}
void write_grub_includes(const std::string& path) {
    write_configurations(path, 512, counted("source /boot/grub/#.cfg\n", 49'000));
}
void write_isolinux_labels(const std::string& path) {
    write_configurations(path, 512, counted("label l#\nkernel /k#\n", 40'000) + counted("include #.cfg\n", 8'000),
                         true);
}
void write_isolinux_repeated(const std::string& path) {
    write_configurations(path, 2, counted("label l#\n", 24'000) + repeated("label l2000\n", 1'000'000), true);
}
void write_isolinux_includes(const std::string& path) {
    write_configurations(path, 2, counted("include /a#\n", 24'000) + repeated("include /a1999\n", 1'000'000), true);
}

/// FAT32 of 4 GiB in clusters of 512 bytes: `chain` clusters from the third on follow one another.
class FatWriter {
  public:
    FatWriter(const SparseFile& image, std::uint64_t offset) : image_(image), offset_(offset) {
        std::string sector = std::string("\xeb\x58\x90MSDOS5.0", 11) + little(512, 2) + little(1, 1) + little(32, 2) +
                             little(1, 1) + little(0, 4) + little(0xf8, 1) + little(0, 2) + little(63, 2) +
                             little(255, 2) + little(0, 4) + little(kSectors, 4) + little(kFatSectors, 4) +
                             little(0, 4) + little(2, 4) + little(0, 4);
        sector.resize(510);
        image_.write(offset_, sector + "\x55\xaa");
        image_.write(offset_ + 32 * 512, little(0x0ffffff8, 4) + little(0x0fffffff, 4));
    }
    /// Clusters `first` up to `end` follow one another.
    void chain(std::uint32_t first, std::uint32_t end) const {
        std::string links;
        for (std::uint32_t cluster = first; cluster < end; ++cluster) {
            links += little(cluster + 1 < end ? cluster + 1 : 0x0fffffff, 4);
        }
        image_.write(offset_ + 32 * 512 + std::uint64_t{first} * 4, links);
    }
    void put(std::uint32_t cluster, std::string_view bytes) const {
        image_.write(offset_ + (32 + kFatSectors + std::uint64_t{cluster} - 2) * 512, bytes);
    }

    static constexpr std::uint32_t kSectors = 8'388'607;
    static constexpr std::uint32_t kFatSectors = 65'536;

  private:
    const SparseFile& image_;
    std::uint64_t offset_;
};

std::string fat_entry(unsigned number, const char* extension, std::uint32_t cluster, std::uint32_t size) {
    std::string name = "F" + std::to_string(number);
    name.resize(8, ' ');
    return name + extension + std::string("\x20", 1) + std::string(8, '\0') + little(cluster >> 16U, 2) +
           std::string(4, '\0') + little(cluster & 0xffffU, 2) + little(size, 4);
}

constexpr std::uint32_t kFatBlock = 10'000;
constexpr std::uint32_t kContent = 40'000;  // cluster

std::string efi_catalog() {
    const std::string header = std::string("\x91\xef", 2) + little(1, 2) + std::string(28, '\0');
    return join({std::string(32, '\0'), header, std::string("\x88\0\0\0\0\0", 6), little(1, 2), little(kFatBlock, 4),
                 std::string(20, '\0')});
}

/// The root directory with `files` files of which `configurations` are boot configurations of `size` bytes; file number
/// i begins in cluster kContent + i * `step`.
FatWriter write_efi(const SparseFile& image, unsigned files, unsigned configurations, std::size_t size, unsigned step) {
    write_iso(image, boot({file("grub.cfg", std::string(kEntry))}),
              {.catalog = efi_catalog(), .blocks = kFatBlock + FatWriter::kSectors / 4 + 1});
    FatWriter fat(image, kFatBlock * kBlock);
    std::string entries;
    for (unsigned i = 0; i < files; ++i) {
        const bool configuration = i % (files / configurations) == 0;
        entries += fat_entry(i, configuration ? "CFG" : "TXT", kContent + i * step, static_cast<std::uint32_t>(size));
    }
    fat.chain(2, 2 + static_cast<std::uint32_t>(entries.size() / 512 + 1));
    fat.put(2, entries);
    return fat;
}

/// All files are one chain of `clusters`.
void write_efi_chain(const std::string& path, unsigned files, std::uint32_t clusters) {
    const SparseFile image(path);
    const FatWriter fat = write_efi(image, files, kConfigurations, kEntry.size(), 0);
    fat.chain(kContent, kContent + clusters);
    fat.put(kContent, kEntry);
}

void write_efi_chains(const std::string& path) {
    write_efi_chain(path, kConfigurations, 4'000'000);
}
void write_efi_directory(const std::string& path) {
    write_efi_chain(path, 60'000, 4'000);
}
/// Each configuration fills its cluster, and free ones are far away.
void write_full_efi(const std::string& path) {
    const SparseFile image(path);
    const FatWriter fat = write_efi(image, kConfigurations, kConfigurations, 512, 1);
    for (unsigned i = 0; i < kConfigurations; ++i) {
        fat.chain(kContent + i, kContent + i + 1);
        fat.put(kContent + i, join({kEntry, std::string(512 - kEntry.size(), '#')}));
    }
    fat.chain(kContent + kConfigurations, 8'000'000);
    fat.chain(40, kContent);
}

}  // namespace

const std::vector<HostileImage>& hostile_images() {
    static const std::vector<HostileImage> kImages = {
        {"files_in_a_directory", write_full_directory},
        {"directories", write_directories},
        {"records_of_one_directory", write_one_directory_often},
        {"path_table_records", write_path_table},
        {"boot_catalog_entries", write_catalog},
        {"relocated_directories", write_relocations},
        {"continuation_areas", write_continuations},
        {"bytes_in_a_configuration", write_large_configuration},
        {"lines_in_checksum_lists", write_lists},
        {"grub_entries", write_grub_entries},
        {"grub_configurations", write_grub_configurations},
        {"grub_variables", write_grub_variables},
        {"grub_words", write_grub_words},
        {"grub_title_bytes", write_grub_titles},
        {"grub_function_bytes", write_grub_functions},
        {"grub_includes", write_grub_includes},
        {"isolinux_labels", write_isolinux_labels},
        {"isolinux_repeated_labels", write_isolinux_repeated},
        {"isolinux_includes", write_isolinux_includes},
        {"clusters_in_efi_files", write_efi_chains},
        {"files_in_an_efi_directory", write_efi_directory},
        {"clusters_in_use", write_full_efi},
    };
    return kImages;
}

void write_efi_files(const std::string& path, unsigned files) {
    write_efi_chain(path, files, 1);
}

void write_benign_image(const std::string& path, unsigned files) {
    Node root = boot({file("grub.cfg", std::string(kEntry))},
                     {file("isolinux.cfg", "label x\n kernel /boot/vmlinuz\n append initrd=/boot/initrd\n")});
    root.children.push_back(
        directory("many", numbered(files, [](unsigned i) { return file("file-" + std::to_string(i), "x"); })));
    write(path, root, {.joliet = true});
}

}  // namespace isolde::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#include "iso_writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <deque>
#include <stdexcept>

namespace isolde::tests {
namespace {

constexpr std::uint64_t kBlock = 2048;
constexpr std::uint32_t kCatalogBlock = 20;
constexpr std::uint32_t kFirstBlock = 1000;

std::string big(std::uint64_t value, std::size_t size) {
    std::string bytes = little(value, size);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

std::uint32_t blocks_of(std::uint64_t bytes) {
    return static_cast<std::uint32_t>((bytes + kBlock - 1) / kBlock);
}

std::string padded(std::string_view text, std::size_t size, char filler = ' ') {
    std::string all(size, filler);
    std::copy_n(text.begin(), std::min(size, text.size()), all.begin());
    return all;
}

std::string utf16(std::string_view name) {
    std::string units;
    for (const char c : name) {
        units.push_back('\0');
        units.push_back(c);
    }
    return units;
}

/// A directory of one tree with the place of its records.
struct Placed {
    const Node* node = nullptr;
    std::size_t parent = 0;
    std::string identifier;
    Extent extent;
    std::vector<std::size_t> children;  ///< by the order of the directories in `node`
};

struct Record {
    std::string identifier;
    Extent extent;
    bool directory = false;
    std::string system_use;
};

std::string encode(const Record& record) {
    using namespace std::string_view_literals;
    std::string bytes = join({"\0\0"sv, both(record.extent.block), both(record.extent.size)});
    bytes += join({"\x79\x01\x01\0\0\0\0"sv, record.directory ? "\2"sv : "\0"sv, "\0\0"sv, both(1, 2)});
    bytes += static_cast<char>(record.identifier.size()) + record.identifier;
    bytes.resize(bytes.size() + bytes.size() % 2);
    bytes += record.system_use;
    bytes.resize(bytes.size() + bytes.size() % 2);
    bytes[0] = static_cast<char>(bytes.size());
    return bytes;
}

std::string posix_field(bool directory) {
    return join({"PX\x24\x01", both(directory ? 0040755 : 0100644), both(1), both(0), both(0)});
}

std::string name_field(std::string_view name) {
    using namespace std::string_view_literals;
    return join({"NM", little(5 + name.size(), 1), "\1\0"sv, name});
}

/// Lays one tree out and writes it.
class TreeWriter {
  public:
    TreeWriter(const SparseFile& image, bool joliet, std::uint32_t& next)
        : image_(image), joliet_(joliet), next_(next) {}

    void place(const Node& root) {
        directories_.push_back({&root, 0, std::string(1, '\0'), {}, {}});
        for (std::size_t i = 0; i < directories_.size(); ++i) {
            for (const Node& child : directories_[i].node->children) {
                if (child.directory) {
                    directories_[i].children.push_back(directories_.size());
                    directories_.push_back({&child, i, identifier(child), {}, {}});
                }
            }
        }
        for (Placed& directory : directories_) {
            const std::size_t size = records_of(directory, {}).size();
            directory.extent =
                directory.node->extent.value_or(Extent{take(blocks_of(size)), static_cast<std::uint32_t>(size)});
        }
    }

    /// `files`: the extents of all files, in the order in which this goes through them.
    void write(const std::vector<Extent>& files) {
        std::size_t at = 0;
        for (Placed& directory : directories_) {
            const auto count =
                static_cast<std::size_t>(std::count_if(directory.node->children.begin(), directory.node->children.end(),
                                                       [](const Node& n) { return !n.directory; }));
            if (!directory.node->extent) {
                const std::vector<Extent> own(files.begin() + static_cast<std::ptrdiff_t>(at),
                                              files.begin() + static_cast<std::ptrdiff_t>(at + count));
                image_.write(directory.extent.block * kBlock, records_of(directory, own));
            }
            at += count;
        }
    }

    /// Gives its little-endian and its big-endian block, and its size.
    std::string write_path_table(std::string table) {
        std::string big_table;
        if (table.empty()) {
            for (const Placed& directory : directories_) {
                add_table_record(table, directory, little);
                add_table_record(big_table, directory, big);
            }
        }
        const std::uint32_t block = take(blocks_of(table.size()));
        const std::uint32_t big_block = take(blocks_of(table.size()));
        image_.write(block * kBlock, table);
        image_.write(big_block * kBlock, big_table);
        return both(static_cast<std::uint32_t>(table.size())) + little(block, 4) + std::string(4, '\0') +
               big(big_block, 4) + std::string(4, '\0');
    }

    Record root_record() const { return {std::string(1, '\0'), directories_[0].extent, true, {}}; }
    const std::deque<Placed>& directories() const { return directories_; }

  private:
    std::uint32_t take(std::uint32_t blocks) {
        const std::uint32_t first = next_;
        next_ += blocks;
        return first;
    }

    std::string identifier(const Node& node) {
        if (joliet_) {
            return utf16(node.name);
        }
        const std::string number = std::to_string(++serial_);
        const std::string zeros(7 - std::min<std::size_t>(7, number.size()), '0');
        return join({"N", zeros, number, node.directory ? "" : ".;1"});
    }

    std::string system_use(const Node& node) const {
        return joliet_ ? "" : name_field(node.name) + posix_field(node.directory) + node.fields;
    }

    std::string records_of(const Placed& directory, const std::vector<Extent>& files) {
        serial_ = 0;
        std::string extent;
        const std::string sharing = directory.parent == 0 && directory.node == directories_[0].node
                                        ? std::string("SP\7\1\xbe\xef\0", 7)
                                        : std::string();
        add(extent, {std::string(1, '\0'), directory.extent, true, joliet_ ? "" : sharing + posix_field(true)});
        add(extent,
            {std::string(1, '\1'), directories_[directory.parent].extent, true, joliet_ ? "" : posix_field(true)});
        std::size_t file = 0;
        std::size_t below = 0;
        for (const Node& child : directory.node->children) {
            Extent place;
            if (child.directory) {
                place = directories_[directory.children[below++]].extent;
            } else if (!files.empty()) {
                place = files[file++];
            }
            add(extent, {identifier(child), place, child.directory, system_use(child)});
        }
        return padded(extent, extent.empty() ? kBlock : blocks_of(extent.size()) * kBlock, '\0');
    }

    static void add(std::string& extent, const Record& record) {
        const std::string bytes = encode(record);
        const std::size_t left = kBlock - extent.size() % kBlock;
        extent.resize(extent.size() + (bytes.size() > left ? left : 0));
        extent += bytes;
    }

    template <typename Number>
    static void add_table_record(std::string& table, const Placed& directory, Number number) {
        table += static_cast<char>(directory.identifier.size()) + std::string(1, '\0');
        table += number(directory.extent.block, 4) + number(directory.parent + 1, 2) + directory.identifier;
        table.resize(table.size() + table.size() % 2);
    }

    const SparseFile& image_;
    bool joliet_;
    std::uint32_t& next_;
    std::deque<Placed> directories_;
    unsigned serial_ = 0;
};

/// The contents of all files behind the directories.
std::vector<Extent> write_files(const SparseFile& image, const TreeWriter& tree, std::uint32_t& next) {
    std::vector<Extent> files;
    for (const Placed& directory : tree.directories()) {
        for (const Node& node : directory.node->children) {
            if (node.directory) {
                continue;
            }
            files.push_back(node.extent.value_or(Extent{next, static_cast<std::uint32_t>(node.content.size())}));
            if (!node.extent) {
                image.write(next * kBlock, node.content);
                next += blocks_of(node.content.size());
            }
        }
    }
    return files;
}

std::string descriptor(char type, const Record& root, const std::string& path_table, std::uint32_t blocks) {
    const bool joliet = type == 2;
    using namespace std::string_view_literals;
    std::string bytes = join({std::string_view(&type, 1), "CD001\1\0"sv, padded("", 32),
                              padded(joliet ? utf16("HOSTILE") : "HOSTILE", 32), "\0\0\0\0\0\0\0\0"sv, both(blocks),
                              padded(joliet ? "%/E" : "", 32, '\0'), both(1, 2), both(1, 2), both(kBlock, 2),
                              path_table, encode(root)});
    bytes = padded(bytes, 813);
    bytes += "2026010100000000" + std::string(1, '\0') + "2026010100000000" + std::string(1, '\0');
    return padded(bytes, kBlock, '\0');
}

void write_catalog(const SparseFile& image, const std::string& sections) {
    image.write(17 * kBlock,
                padded(std::string("\0CD001\1EL TORITO SPECIFICATION", 30), 71, '\0') + little(kCatalogBlock, 4));
    const std::string validation =
        std::string("\1\0\0\0", 4) + std::string(24, '\0') + std::string("\xaa\x55\x55\xaa", 4);
    image.write(kCatalogBlock * kBlock, validation + sections);
}

}  // namespace

SparseFile::SparseFile(const std::string& path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (fd_ < 0) {
        throw std::runtime_error("cannot create " + path);
    }
}

SparseFile::~SparseFile() {
    ::close(fd_);
}

void SparseFile::write(std::uint64_t offset, std::string_view bytes) const {
    if (::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("the disk is full");
    }
}

void SparseFile::resize(std::uint64_t size) const {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
        throw std::runtime_error("the file cannot be made larger");
    }
}

std::string join(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const std::string_view part : parts) {
        all += part;
    }
    return all;
}

std::string little(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
        bytes += static_cast<char>(value >> (8 * i) & 0xffU);
    }
    return bytes;
}

std::string both(std::uint32_t value, std::size_t size) {
    return little(value, size) + big(value, size);
}

Node file(std::string name, std::string content) {
    return {std::move(name), false, std::move(content), {}, {}, {}};
}

Node directory(std::string name, std::vector<Node> children) {
    return {std::move(name), true, {}, {}, std::move(children), {}};
}

void write_iso(const SparseFile& image, const Node& root, const IsoShape& shape) {
    std::uint32_t next = kFirstBlock;
    TreeWriter primary(image, false, next);
    TreeWriter joliet(image, true, next);
    primary.place(root);
    const std::string primary_table = primary.write_path_table(shape.path_table);
    std::string joliet_table;
    if (shape.joliet) {
        joliet.place(root);
        joliet_table = joliet.write_path_table({});
    }
    const std::vector<Extent> files = write_files(image, primary, next);
    primary.write(files);
    const std::uint32_t blocks = std::max(shape.blocks, next + 16);
    image.write(16 * kBlock, descriptor(1, primary.root_record(), primary_table, blocks));
    std::uint32_t end = 18;
    write_catalog(image, shape.catalog.empty() ? std::string(32, '\0') : shape.catalog);
    if (shape.joliet) {
        joliet.write(files);
        image.write(end++ * kBlock, descriptor(2, joliet.root_record(), joliet_table, blocks));
    }
    image.write(end * kBlock, padded(std::string("\xff"
                                                 "CD001\1",
                                                 7),
                                     kBlock, '\0'));
    image.resize(blocks * kBlock);
}

}  // namespace isolde::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/cpio.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <string_view>

namespace isolde::vmedia {
namespace {

constexpr std::uint32_t kDirectory = 0040000;
constexpr std::uint32_t kRegular = 0100000;
constexpr std::uint32_t kSymlink = 0120777;
constexpr std::size_t kPathLimit = 4095;
constexpr std::size_t kHeaderSize = 110;
constexpr std::string_view kTrailer = "TRAILER!!!";

std::uint32_t directory_mode(std::string_view path) {
    if (path == "tmp" || path == "var/tmp") {
        return 01777;
    }
    return path == "root" ? 0700 : 0755;
}

bool may_be_link(std::string_view path) {
    static constexpr std::array<std::string_view, 8> kPaths = {"bin",   "sbin",   "lib",     "lib32",
                                                               "lib64", "libx32", "var/run", "var/lock"};
    return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end();
}

class Writer {
  public:
    void add(std::string_view name, std::uint32_t mode, std::uint32_t links, base::ByteView content) {
        const std::array<std::uint32_t, 13> fields = {++inode_,
                                                      mode,
                                                      0,
                                                      0,
                                                      links,
                                                      0,
                                                      static_cast<std::uint32_t>(content.size()),
                                                      0,
                                                      0,
                                                      0,
                                                      0,
                                                      static_cast<std::uint32_t>(name.size() + 1),
                                                      0};
        put("070701");
        for (const std::uint32_t field : fields) {
            std::array<char, 9> digits{};
            std::snprintf(digits.data(), digits.size(), "%08x", field);
            put({digits.data(), 8});
        }
        put(name);
        bytes_.push_back(std::byte{0});
        align();
        bytes_.insert(bytes_.end(), content.begin(), content.end());
        align();
    }

    base::Bytes finish() {
        inode_ = 0xffffffff;  // the trailer's number is 0
        add(kTrailer, 0, 1, {});
        return std::move(bytes_);
    }

  private:
    void put(std::string_view text) {
        const base::ByteView view = base::as_bytes(text);
        bytes_.insert(bytes_.end(), view.begin(), view.end());
    }

    void align() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }

    base::Bytes bytes_;
    std::uint32_t inode_ = 0;
};

bool is_plain_part(std::string_view part) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    return !part.empty() && part != "." && part != ".." && std::none_of(part.begin(), part.end(), is_control);
}

base::Result<void> check_path(std::string_view path) {
    bool plain = path.size() <= kPathLimit && path.size() > 1 && path[0] == '/' && path.substr(1) != kTrailer;
    for (std::size_t begin = 1; plain && begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        plain = is_plain_part(path.substr(begin, end - begin));
        begin = end + 1;
    }
    if (!plain) {
        return base::invalid_argument("initrd file \"" + std::string(path.substr(0, 200)) +
                                      "\": the path must be absolute, without empty, \".\" or \"..\" parts");
    }
    return {};
}

/// "etc", "etc/conf.d" of "etc/conf.d/x".
std::vector<std::string> parents_of(std::string_view name) {
    std::vector<std::string> parents;
    for (std::size_t at = name.find('/'); at != std::string_view::npos; at = name.find('/', at + 1)) {
        parents.emplace_back(name.substr(0, at));
    }
    return parents;
}

base::Result<void> check_size(const std::vector<CpioFile>& files) {
    std::uint64_t total = 0;
    for (const CpioFile& file : files) {
        total += file.content.size() + file.path.size() * 2 + kHeaderSize;
    }
    if (total > kCpioLimit.bytes()) {
        return base::exhausted("files for the initrd take " + base::to_string(base::ByteCount(total)) +
                               "; the limit is " + base::to_string(kCpioLimit));
    }
    return {};
}

}  // namespace

base::Result<base::Bytes> make_cpio(const std::vector<CpioFile>& files) {
    TRY(check_size(files));
    std::set<std::string> names;
    std::map<std::string, std::uint32_t> given;  // directories with their mode
    std::set<std::string> directories;           // sorted, so parents come first
    for (const CpioFile& file : files) {
        TRY(check_path(file.path));
        const std::string name = file.path.substr(1);
        if (!names.insert(name).second) {
            return base::invalid_argument("initrd file \"" + file.path + "\" is given twice");
        }
        for (std::string& parent : parents_of(name)) {
            directories.insert(std::move(parent));
        }
        if (file.kind == CpioKind::Directory) {
            given.emplace(name, file.mode & 07777);
            directories.insert(name);
        }
    }
    Writer writer;
    for (const std::string& directory : directories) {
        if (const auto mode = given.find(directory); mode != given.end()) {
            writer.add(directory, kDirectory | mode->second, 2, {});
            continue;
        }
        if (names.contains(directory)) {
            return base::invalid_argument("initrd file \"/" + directory + "\" is also a directory of another file");
        }
        if (!may_be_link(directory)) {
            writer.add(directory, kDirectory | directory_mode(directory), 2, {});
        }
    }
    for (const CpioFile& file : files) {
        if (file.kind != CpioKind::Directory) {
            const std::uint32_t mode = file.kind == CpioKind::Symlink ? kSymlink : kRegular | (file.mode & 07777);
            writer.add(std::string_view(file.path).substr(1), mode, 1, file.content);
        }
    }
    return writer.finish();
}

}  // namespace isolde::vmedia

// SPDX-License-Identifier: GPL-3.0-or-later
#include "redfish/emulator/boot_walk.h"

#include "redfish/emulator/tiny_iso.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <set>
#include <sstream>

namespace isolde::emulator {
namespace {

using base::Result;

constexpr std::uint64_t kLargestConfiguration = std::uint64_t{1} << 20U;
constexpr std::uint64_t kPiece = std::uint64_t{1} << 20U;
constexpr std::size_t kMostConfigurations = 32;

const std::vector<std::string> kBiosConfigurations = {"isolinux/isolinux.cfg",
                                                      "boot/isolinux/isolinux.cfg",
                                                      "syslinux/syslinux.cfg",
                                                      "isolinux.cfg",
                                                      "boot/x86_64/loader/isolinux.cfg",
                                                      "arch/boot/syslinux/syslinux.cfg",
                                                      "boot/grub/grub.cfg",
                                                      "boot/grub2/grub.cfg"};
const std::vector<std::string> kUefiConfigurations = {"EFI/BOOT/grub.cfg", "EFI/debian/grub.cfg", "EFI/fedora/grub.cfg",
                                                      "boot/grub/grub.cfg", "boot/grub2/grub.cfg"};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// The first word of `rest`, which loses it.
std::string take_word(std::string& rest) {
    const std::size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
    const std::size_t end = std::min(rest.find_first_of(" \t", begin), rest.size());
    std::string word = rest.substr(begin, end - begin);
    rest.erase(0, std::min(rest.find_first_not_of(" \t", end), rest.size()));
    return word;
}

/// "($root)/boot/vmlinuz", "$prefix/x.cfg" and quotes down to a path.
std::string bare_path(std::string path) {
    std::erase_if(path, [](char c) { return c == '"' || c == '\''; });
    if (path.starts_with('(') && path.find(')') != std::string::npos) {
        path.erase(0, path.find(')') + 1);
    }
    for (const std::string_view prefix : {"$prefix", "${prefix}"}) {
        if (path.starts_with(prefix)) {
            path.replace(0, prefix.size(), "/boot/grub");
        }
    }
    return path;
}

void split_paths(std::string text, std::string_view separators, std::vector<std::string>& out) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) {
            out.push_back(bare_path(text.substr(0, end)));
        }
        text.erase(0, end + 1);
    }
}

/// isolinux names the initrd in the kernel's arguments.
void take_initrd_from_arguments(BootEntry& entry) {
    std::istringstream words(entry.arguments);
    std::string word;
    while (entry.initrds.empty() && words >> word) {
        if (word.starts_with("initrd=")) {
            split_paths(word.substr(7), ",", entry.initrds);
        }
    }
}

void read_line(const std::string& keyword, std::string rest, LoaderConfiguration& configuration, bool& closed) {
    std::optional<BootEntry>& entry = configuration.entry;
    if (keyword == "include" || keyword == "configfile" || keyword == "source") {
        configuration.includes.push_back(bare_path(take_word(rest)));
    } else if (keyword == "menuentry" || keyword == "label") {
        closed = entry.has_value();
    } else if (closed) {
        return;
    } else if (keyword == "linux" || keyword == "linuxefi" || keyword == "kernel") {
        const std::string kernel = bare_path(take_word(rest));
        if (!entry && !kernel.ends_with(".c32")) {
            entry = BootEntry{kernel, rest, {}};
        }
    } else if (entry && (keyword == "initrd" || keyword == "initrdefi")) {
        split_paths(rest, " \t,", entry->initrds);
    } else if (entry && keyword == "append") {
        entry->arguments = rest;
        take_initrd_from_arguments(*entry);
    }
}

/// A path in a configuration is absolute or relative to the configuration's directory.
std::string resolve(const std::string& path, const std::string& configuration) {
    if (path.starts_with('/')) {
        return path;
    }
    const std::size_t slash = configuration.rfind('/');
    return slash == std::string::npos ? path : configuration.substr(0, slash + 1) + path;
}

/// Reads a file piece by piece, as loaders do, and says so.
Result<void> read_whole(TinyIso& iso, const std::string& name, Extent extent, Console& console) {
    for (std::uint64_t done = 0; done < extent.length; done += kPiece) {
        TRY(iso.read({extent.offset + done, std::min(kPiece, extent.length - done)}));
    }
    console.write_line("read " + name + " (" + std::to_string(extent.length) + " bytes)");
    return {};
}

class BootWalk {
  public:
    BootWalk(TinyIso& iso, Console& console) : iso_(iso), console_(console) {}

    /// The first entry with a kernel in the configurations that the platform's loader would read.
    Result<BootEntry> find_entry(BootMode mode) {
        const auto& candidates = mode == BootMode::Uefi ? kUefiConfigurations : kBiosConfigurations;
        std::deque<std::string> queue(candidates.begin(), candidates.end());
        for (std::size_t read = 0; !queue.empty() && read < kMostConfigurations;) {
            const std::string path = queue.front();
            queue.pop_front();
            const auto extent = iso_.find(path);
            if (!extent.ok() || extent->length > kLargestConfiguration || !seen_.insert(lower(path)).second) {
                continue;
            }
            ++read;
            LoaderConfiguration configuration = TRY(read_one(path, *extent));
            if (configuration.entry) {
                return absolute(std::move(*configuration.entry), path);
            }
            for (auto include = configuration.includes.rbegin(); include != configuration.includes.rend(); ++include) {
                queue.push_front(resolve(*include, path));
            }
        }
        return base::not_found("no boot entry with a kernel was found in a loader configuration");
    }

    Result<void> load(const BootEntry& entry) {
        console_.write_line("kernel " + entry.kernel + " arguments: " + entry.arguments);
        TRY(read_whole(iso_, entry.kernel, TRY(iso_.find(entry.kernel)), console_));
        for (const std::string& initrd : entry.initrds) {
            TRY(read_whole(iso_, initrd, TRY(iso_.find(initrd)), console_));
        }
        return {};
    }

  private:
    Result<LoaderConfiguration> read_one(const std::string& path, Extent extent) {
        const base::Bytes bytes = TRY(iso_.read(extent));
        console_.write_line("read configuration " + path + " (" + std::to_string(extent.length) + " bytes)");
        return read_configuration(std::string(base::as_text(bytes)));
    }

    static BootEntry absolute(BootEntry entry, const std::string& configuration) {
        entry.kernel = resolve(entry.kernel, configuration);
        for (std::string& initrd : entry.initrds) {
            initrd = resolve(initrd, configuration);
        }
        return entry;
    }

    TinyIso& iso_;
    Console& console_;
    std::set<std::string> seen_;
};

}  // namespace

LoaderConfiguration read_configuration(const std::string& text) {
    LoaderConfiguration configuration;
    std::istringstream lines(text);
    std::string line;
    bool closed = false;
    while (std::getline(lines, line)) {
        if (line.ends_with('\r')) {
            line.pop_back();
        }
        const std::string keyword = lower(take_word(line));
        if (!keyword.empty() && keyword.front() != '#') {
            read_line(keyword, std::move(line), configuration, closed);
        }
    }
    return configuration;
}

Result<void> walk_boot(ImageReader& image, BootMode mode, Console& console, const std::function<void()>& loader_read) {
    TinyIso iso = TRY(TinyIso::open(image));
    const Extent loader = TRY(iso.boot_image(mode));
    TRY(read_whole(iso, "boot loader", loader, console));
    loader_read();
    BootWalk walk(iso, console);
    const BootEntry entry = TRY(walk.find_entry(mode));
    TRY(walk.load(entry));
    console.write_line("kernel started");
    return {};
}

}  // namespace isolde::emulator

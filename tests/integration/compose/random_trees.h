// SPDX-License-Identifier: GPL-3.0-or-later
//
// Random directory trees, images of them by other people's programs, and random plans for these. The same seed gives
// the same on every machine.
#pragma once

#include "image_map.h"

#include <random>

namespace isolde::vmedia::tests {

/// Uniform in [0, bound), the same on every machine.
inline std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) {
    return random() % bound;
}

/// What makes an image; the tree with the fullest names has those of the source.
struct RandomMaker {
    const char* command;
    bool always_boots = false;  ///< what boots nothing is refused by this layout
};

inline constexpr RandomMaker kRandomMakers[] = {
    {"xorriso -as mkisofs -quiet -r -J"},
    {"xorriso -as mkisofs -quiet -r"},
    {"xorriso -as mkisofs -quiet -r -J -partition_offset 16"},
    {"xorriso -as mkisofs -quiet -r -J -iso-level 4 -partition_offset 16"},
    {"xorriso -as mkisofs -quiet -r -iso-level 4"},
    {"genisoimage -quiet -r -J"},
    {"genisoimage -quiet -r"},
    {"genisoimage -quiet -J"},
    {"genisoimage -quiet -J -joliet-long -r"},
    {"genisoimage -quiet -r -iso-level 4"},
    {"genisoimage -quiet -iso-level 4"},
    {"genisoimage -quiet -r -J -udf", true},
};

struct RandomImage {
    std::string path;
    bool bootable = false;  ///< with a GRUB configuration, a kernel and an initrd
};

inline std::string random_name(std::mt19937_64& random, std::size_t number) {
    static const char* const kEnds[] = {"", ".txt", ".cfg", ".d", ".tar.gz"};
    const std::size_t filling = below(random, 6) == 0 ? below(random, 30) : 0;
    return "n" + std::to_string(number) + std::string(filling, 'x') + kEnds[below(random, std::size(kEnds))];
}

inline void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string random_text(std::mt19937_64& random) {
    const std::uint64_t size = below(random, 8) == 0 ? 0 : below(random, 6000);
    return std::string(size, static_cast<char>('a' + below(random, 26)));
}

/// Directories up to eleven levels deep, files of all sizes, hard links and symbolic links.
inline void make_random_tree(std::mt19937_64& random, const std::string& root, bool bootable) {
    namespace fs = std::filesystem;
    std::vector<std::string> directories{root};
    fs::create_directories(root);
    const std::uint64_t count = 1 + below(random, 14);
    const bool deep = below(random, 3) == 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string& parent = deep ? directories.back() : directories[below(random, directories.size())];
        directories.push_back(parent + "/" + "dir" + std::to_string(i) + (below(random, 4) == 0 ? "-long-name" : ""));
        fs::create_directories(directories.back());
        if (deep && directories.size() == 12) {
            break;
        }
    }
    std::vector<std::string> files;
    std::size_t number = 0;
    for (const std::string& directory : directories) {
        for (std::uint64_t i = below(random, below(random, 3) == 0 ? 40 : 6); i > 0; --i) {
            const std::string path = directory + "/" + random_name(random, number++);
            if (!files.empty() && below(random, 12) == 0) {
                fs::create_hard_link(files[below(random, files.size())], path);
            } else if (below(random, 15) == 0) {
                fs::create_symlink("../target" + std::to_string(i), path);
                continue;
            } else {
                write_text(path, random_text(random));
            }
            files.push_back(path);
        }
    }
    if (bootable) {
        fs::create_directories(root + "/boot/grub");
        write_text(root + "/boot/grub/grub.cfg",
                   "menuentry 'x' {\n linux /boot/vmlinuz quiet\n initrd /boot/initrd\n}\n");
        write_text(root + "/boot/vmlinuz", std::string(3000, 'K'));
        write_text(root + "/boot/initrd", "\x1f\x8b\x08" + std::string(2345, 'I'));
        write_text(root + "/boot/eltorito.img", std::string(2048, 'E'));
    }
}

inline RandomImage random_image(std::mt19937_64& random, std::size_t number) {
    const RandomMaker& maker = kRandomMakers[number % std::size(kRandomMakers)];
    RandomImage image{fresh_path(".iso"), below(random, 3) == 0 || maker.always_boots};
    const std::string tree = fresh_path("-tree");
    make_random_tree(random, tree, image.bootable);
    const std::string boot =
        image.bootable ? " -b boot/eltorito.img -c boot/boot.cat -no-emul-boot -boot-load-size 4" : "";
    shell(std::string(maker.command) + boot + " -o " + image.path + " " + tree + " 2>&1; rm -rf " + tree);
    return image;
}

inline std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

/// Puts the directories above `path` into `map`.
inline void add_parents(ImageMap& map, const std::string& path) {
    for (std::string parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
        map.emplace(parent, "d");
    }
}

/// A plan for an image that holds `map`, and what the image holds then.
class RandomPlan {
  public:
    RandomPlan(std::mt19937_64& random, ImageMap map, bool links, bool bootable)
        : random_(random), map_(std::move(map)), links_(links) {
        plan_.unattended = false;
        for (std::uint64_t i = below(random_, 5); i > 0; --i) {
            remove();
        }
        const std::uint64_t count = below(random_, 12) == 0 ? 60 : 1 + below(random_, 8);
        for (std::uint64_t i = 0; i < count; ++i) {
            put(i);
        }
        if (bootable && below(random_, 2) == 0) {
            plan_.append = {"node=" + std::to_string(random_() % 1000)};
        }
        if (bootable && below(random_, 2) == 0) {
            plan_.files.push_back(text_file("/seed.cfg", "seed", FileTarget::Initrd));
        }
    }

    const InjectionPlan& plan() const { return plan_; }
    const ImageMap& expected() const { return map_; }

  private:
    static bool reserved(const std::string& path) {
        return path.rfind("/boot", 0) == 0 || path.rfind("/rr_moved", 0) == 0;
    }

    std::string any_path() {
        auto item = map_.begin();
        std::advance(item, static_cast<std::ptrdiff_t>(below(random_, map_.size())));
        return item->first;
    }

    /// Often with what is above it too, or with what is below it, in either order.
    void remove() {
        std::string path = map_.empty() ? "" : any_path();
        std::vector<std::string> paths{path};
        for (std::uint64_t i = below(random_, 3); i > 0 && !path.empty(); --i) {
            path = parent_of(path);
            paths.insert(below(random_, 2) == 0 ? paths.begin() : paths.end(), path);
        }
        for (const std::string& each : paths) {
            if (!each.empty() && !reserved(each)) {
                plan_.remove_files.push_back(each);
            }
        }
        for (const std::string& each : paths) {
            remove_from_map(each);
        }
    }

    void remove_from_map(const std::string& path) {
        if (path.empty() || reserved(path)) {
            return;
        }
        std::erase_if(map_, [&](const auto& item) {
            const bool gone = item.first == path || item.first.rfind(path + "/", 0) == 0;
            if (gone) {
                gone_.push_back(item.first);
            }
            return gone;
        });
    }

    /// A directory of the image, or one that is new.
    std::string any_directory() {
        const std::string path = map_.empty() || below(random_, 4) == 0 ? "" : any_path();
        if (path.empty() || reserved(path)) {
            return below(random_, 2) == 0 ? "" : "/new" + std::to_string(below(random_, 3));
        }
        return map_[path] == "d" ? path : parent_of(path);
    }

    void put(std::uint64_t number) {
        const std::uint64_t what = below(random_, 10);
        std::string path = any_directory() + "/added" + std::to_string(number) +
                           (below(random_, 3) == 0 ? "/below" : "") + random_name(random_, number);
        if (what < 2 && !map_.empty()) {
            path = any_path();  // replaced, when it is a file
        } else if (what < 5 && !gone_.empty()) {
            path = gone_[below(random_, gone_.size())];  // there again, perhaps as something else
        }
        const auto present = map_.find(path);
        if (reserved(path) || taken_.count(path) > 0 || (present != map_.end() && present->second.front() != 'f')) {
            return;
        }
        InjectedFile file = text_file(path, random_text(random_));
        const bool again = what < 5 && what >= 2;
        if ((what == 8 || (again && number % 3 == 1)) && present == map_.end()) {
            file.kind = FileKind::Directory;
        } else if ((what == 9 || (again && number % 3 == 2)) && links_ && present == map_.end()) {
            file.kind = FileKind::Symlink;
            file.link_target = "../" + std::string(1 + below(random_, 30), 't') + "/./end";
        }
        file.content = file.kind == FileKind::File ? file.content : base::Bytes();
        file.mode = static_cast<std::uint32_t>(0400 | below(random_, 01000));
        take(file);
    }

    void take(const InjectedFile& file) {
        for (std::string parent = file.path; !parent.empty(); parent = parent_of(parent)) {
            const auto item = map_.find(parent);
            if (parent != file.path && item != map_.end() && item->second != "d") {
                return;
            }
        }
        add_parents(map_, file.path);
        taken_.insert(file.path);
        switch (file.kind) {
            case FileKind::Directory: map_[file.path] = "d"; break;
            case FileKind::Symlink: map_[file.path] = "l" + file.link_target; break;
            case FileKind::File: map_[file.path] = "f" + std::string(base::as_text(file.content)); break;
        }
        plan_.files.push_back(file);
    }

    std::mt19937_64& random_;
    ImageMap map_;
    bool links_;
    InjectionPlan plan_;
    std::set<std::string> taken_;
    std::vector<std::string> gone_;  ///< deleted by the plan
};

}  // namespace isolde::vmedia::tests

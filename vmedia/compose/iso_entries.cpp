// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/iso_patcher.h"

#include "image/fields.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

using image::IsoEntry;
using image::IsoEntryType;

bool is_below(std::string_view path, std::string_view directory) {
    return path.size() > directory.size() && path.substr(0, directory.size()) == directory &&
           path[directory.size()] == '/';
}

}  // namespace

/// Without Rock Ridge names are looked up in any case.
std::string IsoPatcher::lookup_key(std::string_view name) const {
    std::string key(name);
    for (char& c : key) {
        c = !tree().rock_ridge.present && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return key;
}

base::Result<void> IsoPatcher::set_mode(std::string_view path, std::uint32_t mode) {
    for (TreePatcher& patcher : patchers_) {
        if (const auto match = patcher.find(path); match.ok()) {
            TRY(patcher.set_mode(match->entry, mode));
        }
    }
    return {};
}

base::Result<Content> IsoPatcher::store_file(const InjectedFile& file) {
    const ChangeReason reason{file.path, "add", file.secret};
    if (!file.blob.file || file.size() == 0) {
        return store(file.path, file.content, reason);
    }
    const std::uint64_t block = edit_->append_blob(file.blob.file, file.blob.digest, reason);
    return Content{block, static_cast<std::uint32_t>(file.size())};
}

base::Result<std::string> IsoPatcher::prepare_existing(const InjectedFile& file, const IsoEntry& entry,
                                                       std::set<std::uint64_t>& replaced) {
    if (file.kind == FileKind::Directory) {
        if (!entry.is_directory()) {
            return base::conflict(file.path + " is in the image and no directory");
        }
        TRY(set_mode(file.path, file.mode));
        return std::string("set-mode");
    }
    if (file.kind == FileKind::Symlink) {
        return base::conflict(file.path + " is in the image: to put a symbolic link in its place, delete it too");
    }
    TRY(check_changeable(file.path, entry));
    if (!replaced.insert(entry.record().offset).second) {
        return base::conflict(file.path + " is to be replaced twice: this image does not tell upper from lower case");
    }
    const Content content = TRY(store_file(file));
    TRY(repoint_everywhere(file.path, entry, content, {file.path, "replace", file.secret}));
    TRY(set_mode(file.path, file.mode));
    return std::string("replace");
}

/// Changes what exists; what does not goes to `added`. Gives the technique.
base::Result<std::string> IsoPatcher::prepare(const InjectedFile& file, std::vector<AddedEntry>& added,
                                              std::set<std::uint64_t>& replaced) {
    TRY(learn_names(file.path));
    if (const auto entry = TRY(find(file.path))) {
        return prepare_existing(file, *entry, replaced);
    }
    added.push_back({file.path, file.kind, file.mode, file.link_target});
    switch (file.kind) {
        case FileKind::Directory: return std::string("make-directory");
        case FileKind::Symlink: return std::string("link");
        case FileKind::File: break;
    }
    return std::string("add");
}

base::Result<void> IsoPatcher::check_links(const std::vector<const InjectedFile*>& files) {
    const auto link = std::find_if(files.begin(), files.end(),
                                   [](const InjectedFile* file) { return file->kind == FileKind::Symlink; });
    if (link == files.end()) {
        return {};
    }
    if (!tree().rock_ridge.present) {
        return base::unsupported("the symbolic link " + (*link)->path +
                                 " has no place: the image has no Rock Ridge tree, and no other can hold one");
    }
    for (const TreePatcher& patcher : patchers_) {
        if (!patcher.holds_links()) {
            warnings_.push_back("the " + image::to_string(patcher.tree()) +
                                " tree cannot hold symbolic links: " + (*link)->path + " is not in it");
        }
    }
    return {};
}

/// Other systems than the one that asked may look for the exact name.
void IsoPatcher::warn_of_renamed(const std::vector<AddedEntry>& added) {
    const auto folded = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
        return text;
    };
    for (const TreePatcher& patcher : patchers_) {
        const bool shows_names = &patcher == &patchers_[reference_] || patcher.tree().kind == image::TreeKind::Joliet;
        for (const AddedEntry& entry : added) {
            const std::string own = patcher.own_path(entry.path);
            if (shows_names && !patcher.tree().twin && folded(own) != folded(entry.path)) {
                warnings_.push_back(entry.path + " is called " + own + " in the " + image::to_string(patcher.tree()) +
                                    " tree, which cannot hold the name");
            }
        }
    }
}

base::Result<std::vector<std::string>> IsoPatcher::put(const std::vector<const InjectedFile*>& files) {
    std::vector<AddedEntry> added;
    std::set<std::uint64_t> replaced;  // offsets of records
    std::vector<std::string> techniques;
    TRY(check_links(files));
    for (const InjectedFile* file : files) {
        techniques.push_back(TRY(prepare(*file, added, replaced)));
    }
    for (TreePatcher& patcher : patchers_) {
        TRY(patcher.add(added));
    }
    std::map<std::string, Content> contents;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (techniques[i] == "add" || techniques[i] == "link") {
            contents.emplace(files[i]->path, TRY(store_file(*files[i])));
        }
    }
    for (TreePatcher& patcher : patchers_) {
        TRY(patcher.settle(contents));
    }
    warn_of_renamed(added);
    return techniques;
}

base::Result<void> IsoPatcher::check_removable(const std::string& path, const IsoEntry& entry,
                                               const std::vector<Needed>& needed) const {
    const std::string key = lookup_key(path);
    for (const Needed& file : needed) {
        if (file.key == key || is_below(file.key, key)) {
            return base::unsupported(path + " cannot be deleted: " + file.reason);
        }
    }
    const auto check = [&](const std::string& name, const IsoEntry& file) -> base::Result<void> {
        return file.type == IsoEntryType::File ? check_changeable(name, file) : base::Result<void>();
    };
    TRY(check(path, entry));
    if (!entry.is_directory()) {
        return {};
    }
    image::IsoTree below = tree();
    below.root.block = entry.location.block;
    below.root.size = entry.location.size;
    below.root.extended_blocks = 0;
    return image::walk(edit_->view(), below,
                       [&](const std::string& name, const IsoEntry& file, image::DirectoryLocation) {
                           return check(path + name, file);
                       });
}

base::Result<void> IsoPatcher::remove(const std::vector<std::string>& paths,
                                      const std::map<std::string, std::string>& needed) {
    std::vector<Needed> kept;
    for (const auto& [file, reason] : needed) {
        kept.push_back({lookup_key(file), file + " is " + reason});
    }
    std::set<std::string> plain_files;
    for (const std::string& path : paths) {
        const auto entry = TRY(find(path));
        if (!entry) {
            return base::not_found(path + " is to be deleted and is not in the image");
        }
        TRY(check_removable(path, *entry, kept));
        TRY(learn_names(path));
        if (entry->type == IsoEntryType::File) {
            plain_files.insert(path);
        }
    }
    std::set<std::string> staying;
    for (TreePatcher& patcher : patchers_) {
        for (std::string& path : TRY(patcher.remove(paths))) {
            if (patcher.holds_links() || plain_files.contains(path)) {
                staying.insert(std::move(path));
            }
        }
    }
    for (const std::string& path : staying) {
        warnings_.push_back(path + " was not found in every tree of the image: where it has another name, it stays");
    }
    return {};
}

}  // namespace isolde::vmedia

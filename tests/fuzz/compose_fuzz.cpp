// SPDX-License-Identifier: GPL-3.0-or-later
//
// The whole way of a hostile image: inspected, planned upon, composed. What was composed is an ISO again, its manifest
// is found, and it gives the base back byte for byte. The first byte chooses the plan.
#include "image/iso9660.h"
#include "memory_file.h"
#include "sparse_input.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

namespace isolde::vmedia {
namespace {

InjectedFile file(const char* path, FileTarget target, FileKind kind = FileKind::File) {
    InjectedFile file;
    file.path = path;
    file.target = target;
    file.kind = kind;
    if (kind == FileKind::File) {
        file.content = base::to_bytes("content\n");
    }
    file.link_target = kind == FileKind::Symlink ? "../elsewhere" : "";
    return file;
}

enum Choice : unsigned {
    kIso = 1,
    kInitrd = 2,
    kEfi = 4,
    kRemove = 8,
    kArguments = 16,
    kIgnition = 32,
    kKeep = 64,
    kNone = 128
};

InjectionPlan plan_of(unsigned choice) {
    InjectionPlan plan;
    if ((choice & kIso) != 0) {
        plan.files = {file("/boot/grub/grub.cfg.new", FileTarget::Iso), file("/new/dir/file", FileTarget::Iso),
                      file("/isolinux/isolinux.cfg", FileTarget::Iso),
                      file("/new/link", FileTarget::Iso, FileKind::Symlink)};
    }
    if ((choice & kInitrd) != 0) {
        plan.files.push_back(file("/preseed.cfg", FileTarget::Initrd));
    }
    if ((choice & kEfi) != 0) {
        plan.files.push_back(file("/EFI/new.cfg", FileTarget::Efi));
    }
    if ((choice & kRemove) != 0) {
        plan.remove_files = {"/many"};
    }
    if ((choice & kArguments) != 0) {
        plan.append = {"a=b", "ds=x;y"};
        plan.remove = {"quiet"};
        plan.replace = {"vga=1"};
    }
    if ((choice & kIgnition) != 0) {
        plan.presets.push_back({PresetKind::Ignition, base::to_bytes("{}"), {}, false});
    }
    if ((choice & kKeep) != 0) {  // media that are checked have 1 MiB and more
        plan.files.push_back(file("/filler", FileTarget::Iso));
        plan.files.back().content.resize(600'000);
    }
    plan.media_check = (choice & kKeep) != 0 ? MediaCheck::Keep : MediaCheck::Drop;
    plan.unattended = (choice & kNone) == 0;
    return plan;
}

base::Bytes whole(const image::ByteSource& source) {
    return source.read_bytes(0, source.size()).value();
}

void check_undo(const image::ByteSource& composed, const base::Bytes& base) {
    const base::UniqueFd restored = image::fuzz::new_memory_file();
    const auto undone = undo(composed, image::fuzz::path_of(restored));
    ISOLDE_CHECK(undone.ok());
    ISOLDE_CHECK(whole(*image::FileSource::open(image::fuzz::path_of(restored)).value()) == base);
}

void run(const base::Bytes& bytes, unsigned choice) {
    const auto source = image::fuzz::memory_file(bytes);
    static_cast<void>(inspect(*source));
    static_cast<void>(map_owners(*source));
    const auto composition = compose(source, base::sha256(bytes), plan_of(choice), {});
    if (!composition.ok()) {
        ISOLDE_CHECK(!composition.error().to_string().empty());
        return;
    }
    const ComposedImage& composed = *composition->image;
    ISOLDE_CHECK(image::read_iso9660(composed).ok() && composed.size() >= bytes.size());
    const auto manifest = read_manifest(composed);
    ISOLDE_CHECK(manifest.ok() && *manifest == composition->manifest);
    static_cast<void>(render_text(composition->report));
    check_undo(composed, bytes);
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace isolde;
    if (size > 0) {
        vmedia::run(vmedia::whole(image::fuzz::SparseImage(data + 1, size - 1)), data[0]);
    }
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/efi_programs.h"

#include "image/fields.h"
#include "image/pe.h"
#include "vmedia/compose/boot_locations.h"
#include "vmedia/compose/boot_reader.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kMaxPrograms = 256;
constexpr std::uint64_t kCommandLineLimit = 2048;

std::string read_command_line(const image::ByteSource& program, const image::PeProgram& pe) {
    const image::PeSection* const section = pe.section(".cmdline");
    const auto bytes = section == nullptr
                           ? base::Result<base::Bytes>(base::Bytes())
                           : program.read_bytes(section->offset, std::min(section->size, kCommandLineLimit));
    std::string line(bytes.ok() ? base::as_text(*bytes) : std::string_view());
    line.erase(std::min(line.find_first_of(std::string_view("\n\0", 2)), line.size()));
    return line;
}

/// Headers and command line are looked for in the first run of the file's bytes.
base::Result<EfiProgram> read_program(const image::ByteSource& image, const BootReader& reader,
                                      const std::string& path) {
    const auto runs = TRY(reader.runs(path));
    if (runs.empty()) {
        return base::unsupported(path + " is empty");
    }
    const auto program = TRY(image::WindowSource::create(image, runs.front().offset, runs.front().length));
    const auto pe = TRY(image::read_pe(program));
    return EfiProgram{path, pe.is_signed, pe.is_unified_kernel(),
                      pe.is_unified_kernel() ? read_command_line(program, pe) : ""};
}

/// The program that firmware starts from removable media (UEFI specification 3.5.1.1).
bool is_default_program(std::string_view path) {
    const std::string_view name = path.substr(path.find_last_of('/') + 1);
    return name.size() > 4 && image::equals_ignoring_case(name.substr(0, 4), "boot");
}

/// True when firmware's own choice is `program`, or no other loader of it has an entry.
bool is_boot_path(const EfiProgram& program, const BootFiles& files) {
    const bool other_entries =
        std::any_of(files.configurations.begin(), files.configurations.end(),
                    [](const BootConfigFile& file) { return file.entries > 0 && file.loader != BootLoader::Isolinux; });
    return is_default_program(program.path) || !other_entries;
}

std::string path_in_image(const InjectedFile& file) {
    return (file.target == FileTarget::Efi ? std::string(kEfiPrefix) : "") + file.path;
}

}  // namespace

std::vector<EfiProgram> read_efi_programs(const image::ByteSource& image, const BootFiles& files) {
    BootReader reader(image, naming_tree(files.volume));
    const bool efi_readable = files.efi && reader.open_efi(*files.efi).ok();
    std::vector<EfiProgram> programs;
    for (std::size_t i = 0; i < std::min(files.efi_programs.size(), kMaxPrograms); ++i) {
        const std::string& path = files.efi_programs[i];
        auto program = is_efi_path(path) && !efi_readable ? base::Result<EfiProgram>(base::not_found(path))
                                                          : read_program(image, reader, path);
        if (program.ok()) {
            programs.push_back(*std::move(program));
        }
    }
    return programs;
}

base::Result<void> check_overwritten_programs(const image::ByteSource& image, const InjectionPlan& plan) {
    std::vector<std::string> put;
    for (const InjectedFile& file : plan.files) {
        if (file.target != FileTarget::Initrd && is_efi_program_name(file.path)) {
            put.push_back(path_in_image(file));
        }
    }
    if (put.empty()) {
        return {};
    }
    for (const EfiProgram& program : read_efi_programs(image, TRY(read_boot_files(image)))) {
        const bool overwritten = std::any_of(put.begin(), put.end(), [&](const std::string& path) {
            return image::equals_ignoring_case(program.path, path);
        });
        if (overwritten && program.is_signed) {
            return base::unsupported(program.path +
                                     " is signed for Secure Boot and is not overwritten: put your program beside it "
                                     "under another name, or take an ISO that has it");
        }
    }
    return {};
}

base::Result<void> check_unified_kernels(const image::ByteSource& image, const BootFiles& files,
                                         const InjectionPlan& plan) {
    if (plan.append.empty() && plan.remove.empty() && plan.replace.empty()) {
        return {};
    }
    for (const EfiProgram& program : read_efi_programs(image, files)) {
        if (program.unified_kernel && is_boot_path(program, files)) {
            return base::unsupported(
                program.path + " is a unified kernel image: its kernel arguments (\"" + program.command_line +
                "\") are built in" + (program.is_signed ? " and signed" : "") +
                ". Put an addon (*.addon.efi) beside it or a systemd-boot entry of type 1 into the EFI partition "
                "(--efi-file), or take an ISO that boots by GRUB or isolinux");
        }
    }
    return {};
}

std::vector<std::string> describe_unified_kernels(const std::vector<EfiProgram>& programs) {
    std::vector<std::string> lines;
    for (const EfiProgram& program : programs) {
        if (program.unified_kernel) {
            lines.push_back(program.path + " is a unified kernel image" + (program.is_signed ? ", signed" : "") +
                            ": its kernel arguments (\"" + program.command_line + "\") are built in");
        }
    }
    return lines;
}

}  // namespace isolde::vmedia

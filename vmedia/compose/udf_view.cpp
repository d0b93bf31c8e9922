// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/udf_view.h"

#include "image/iso9660.h"
#include "image/udf.h"

#include <algorithm>

namespace isolde::vmedia {
namespace {

/// The first path of the ISO tree that `plan` changes; empty when it changes none.
std::string changed_path(const InjectionPlan& plan) {
    if (!plan.remove_files.empty()) {
        return plan.remove_files.front();
    }
    const auto file = std::find_if(plan.files.begin(), plan.files.end(),
                                   [](const InjectedFile& candidate) { return candidate.target == FileTarget::Iso; });
    return file == plan.files.end() ? "" : file->path;
}

}  // namespace

std::string udf_way_out() {
    return "leave the image as it is and give what it shall read as a second medium (\"isolde media build\" makes one: "
           "Windows Setup looks for autounattend.xml in the root of each)";
}

base::Result<void> check_file_system(const image::ByteSource& image) {
    if (image::is_iso9660(image) || !image::detect_udf(image).present()) {
        return {};
    }
    return base::unsupported("the image has a UDF file system alone, into which nothing can be put: " + udf_way_out());
}

base::Result<void> check_udf_bridge(const BootFiles& boot, const InjectionPlan& plan) {
    const std::string path = changed_path(plan);
    if (!boot.udf.present() || !boot.configurations.empty() || path.empty()) {
        return {};
    }
    return base::unsupported(path +
                             " would change in ISO 9660 only, and this image is read by its UDF file system, which "
                             "cannot be changed: " +
                             udf_way_out());
}

std::vector<std::string> udf_warnings(const BootFiles& boot) {
    if (!boot.udf.present()) {
        return {};
    }
    return {"the image's UDF file system still shows the unchanged files; Windows reads that one, and Linux may"};
}

}  // namespace isolde::vmedia

// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/presets.h"

#include "conductor/node/inline_files.h"
#include "conductor/node/names.h"

#include <algorithm>

namespace isolde::conductor {
namespace {

using base::JsonReader;
using base::Result;

constexpr std::array kKinds{
    Name{PresetKind::Preseed, "preseed"},          Name{PresetKind::Kickstart, "kickstart"},
    Name{PresetKind::Autoinstall, "autoinstall"},  Name{PresetKind::Ignition, "ignition"},
    Name{PresetKind::AutoYast, "autoyast"},        Name{PresetKind::CloudInit, "cloud-init"},
    Name{PresetKind::NetworkData, "network-data"},
};
constexpr std::string_view kKindWords =
    "a kind of preset: write preseed, kickstart, autoinstall, ignition, autoyast, cloud-init or network-data";

Result<PresetFile> read_preset(const JsonReader& preset) {
    TRY(preset.only({"kind", "content", "content_base64", "meta_data", "meta_data_base64", "secret"}));
    PresetFile result;
    result.kind =
        TRY(value_of(kKinds, TRY(preset.string("kind")), kKindWords).with_context(preset.pointer() + "/kind"));
    result.content = TRY(read_content(preset));
    if (auto meta_data = TRY(read_inline(preset, "meta_data"))) {
        if (result.kind != PresetKind::CloudInit) {
            return base::invalid_argument(preset.pointer() + "/meta_data belongs to the kind cloud-init alone");
        }
        result.meta_data = std::move(*meta_data);
    }
    result.secret = TRY(preset.optional_boolean("secret")).value_or(true);
    return result;
}

}  // namespace

std::string_view to_string(PresetKind kind) {
    return name_of(kKinds, kind);
}

Result<std::vector<PresetFile>> read_presets(const base::Json& value, const std::string& field) {
    std::vector<PresetFile> presets;
    if (value.is_null()) return presets;
    if (!value.is_array()) {
        return base::invalid_argument(field + " must be an array, not " + value.type_name());
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string name = field + "/" + std::to_string(i);
        if (!value[i].is_object()) {
            return base::invalid_argument(name + " must be an object, not " + value[i].type_name());
        }
        auto preset = TRY(read_preset(JsonReader(value[i], name)));
        if (std::any_of(presets.begin(), presets.end(), [&](const auto& other) { return other.kind == preset.kind; })) {
            return base::invalid_argument(name + "/kind: there is a " + std::string(to_string(preset.kind)) +
                                          " preset already");
        }
        presets.push_back(std::move(preset));
    }
    return presets;
}

}  // namespace isolde::conductor

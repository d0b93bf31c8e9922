// SPDX-License-Identifier: GPL-3.0-or-later
#include "bmc/report.h"

#include "redfish/error_body.h"

#include <algorithm>
#include <array>

namespace isolde::bmc {
namespace {

using base::Json;
using Row = std::array<std::string, 5>;

constexpr std::size_t kMaxCell = 80;

std::string_view name_of(MediaType type) {
    return type == MediaType::Cd ? "cd" : "usb";
}

std::string types_text(const std::vector<MediaType>& types) {
    std::string text;
    for (const auto type : types) {
        text += (text.empty() ? "" : ",") + std::string(name_of(type));
    }
    return text.empty() ? "unknown" : text;
}

std::string use_text(const MediaSlot& slot, const base::Result<MediaSlot>& chosen) {
    if (!slot.insertable) return "not by URL";
    if (!slot.bootable) return "does not boot";
    return chosen.ok() && chosen->id == slot.id ? "boot slot" : "yes";
}

std::string content_text(const MediaSlot& slot) {
    if (!slot.image.empty()) return slot.image;
    return slot.inserted ? "a medium without a name" : "empty";
}

std::vector<Row> slot_rows(const Capabilities& capabilities) {
    const auto chosen = choose_boot_slot(capabilities.slots);
    std::vector<Row> rows{{"SLOT", "NAME", "TYPE", "USE", "HOLDS"}};
    for (const auto& slot : capabilities.slots) {
        rows.push_back({slot.id.str(), slot.name, types_text(slot.types), use_text(slot, chosen), content_text(slot)});
    }
    for (auto& row : rows) {
        for (auto& cell : row) cell = redfish::printable(cell, kMaxCell);
    }
    return rows;
}

std::string table(const std::vector<Row>& rows) {
    std::array<std::size_t, std::tuple_size_v<Row>> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string line(const char* name, std::string_view value) {
    std::string text = name;
    text.resize(14, ' ');
    return text + (value.empty() ? "not told" : redfish::printable(value, 200)) + "\n";
}

Json slot_to_json(const MediaSlot& slot) {
    Json types = Json::array();
    for (const auto type : slot.types) {
        types.push_back(std::string(name_of(type)));
    }
    return {
        {"id", slot.id.str()},       {"name", slot.name},         {"types", types},     {"insertable", slot.insertable},
        {"bootable", slot.bootable}, {"inserted", slot.inserted}, {"image", slot.image}};
}

}  // namespace

std::string render_probe(const Capabilities& capabilities) {
    std::string devices;
    for (const auto device : capabilities.boot_devices) {
        devices += (devices.empty() ? "" : ", ") + std::string(to_string(device));
    }
    std::string text = line("Vendor", capabilities.vendor) + line("Model", capabilities.model) +
                       line("Firmware", capabilities.firmware) + line("Identity", capabilities.identity) +
                       line("System", capabilities.system) + line("Power", to_string(capabilities.power)) +
                       line("Boot devices", devices);
    text += "\n" + table(slot_rows(capabilities));
    const auto chosen = choose_boot_slot(capabilities.slots);
    if (!chosen.ok()) text += "\n" + redfish::printable(chosen.error().message, 1000) + "\n";
    return text;
}

Json probe_to_json(const Capabilities& capabilities) {
    Json devices = Json::array();
    for (const auto device : capabilities.boot_devices) {
        devices.push_back(std::string(to_string(device)));
    }
    Json slots = Json::array();
    for (const auto& slot : capabilities.slots) {
        slots.push_back(slot_to_json(slot));
    }
    const auto chosen = choose_boot_slot(capabilities.slots);
    return {{"identity", capabilities.identity},
            {"vendor", capabilities.vendor},
            {"model", capabilities.model},
            {"firmware", capabilities.firmware},
            {"system", capabilities.system},
            {"power", std::string(to_string(capabilities.power))},
            {"boot_devices", devices},
            {"slots", slots},
            {"boot_slot", chosen.ok() ? Json(chosen->id.str()) : Json()},
            {"boot_slot_problem", chosen.ok() ? Json() : Json(chosen.error().message)}};
}

}  // namespace isolde::bmc

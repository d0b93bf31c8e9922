// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/compose/plan.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kMaxArguments = 256;
constexpr std::size_t kMaxArgumentBytes = 2048;  // COMMAND_LINE_SIZE of x86 Linux, the whole line
constexpr std::size_t kMaxFiles = 4096;
constexpr std::size_t kMaxPathBytes = 1024;
constexpr std::size_t kMaxNameBytes = 240;
constexpr std::size_t kMaxDepth = 32;

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code < 0x20 || code == 0x7F;
    });
}

base::Result<void> check_argument(const std::string& argument, std::string_view list, std::size_t index) {
    const std::string item = std::string(list) + "[" + std::to_string(index) + "]";
    if (argument.empty()) {
        return base::invalid_argument("kernel argument " + item + " is empty");
    }
    if (has_control_character(argument)) {
        return base::invalid_argument("kernel argument " + item + " holds a control character");
    }
    return {};
}

base::Result<void> check_arguments(const std::vector<std::string>& arguments, std::string_view list) {
    if (arguments.size() > kMaxArguments) {
        return base::invalid_argument("more than " + std::to_string(kMaxArguments) + " kernel arguments to " +
                                      std::string(list));
    }
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        TRY(check_argument(arguments[i], list, i));
        bytes += arguments[i].size() + 1;
    }
    if (bytes > kMaxArgumentBytes) {
        return base::invalid_argument("the kernel arguments to " + std::string(list) + " take " +
                                      std::to_string(bytes) + " bytes; a kernel's command line holds " +
                                      std::to_string(kMaxArgumentBytes));
    }
    return {};
}

const char* path_part_error(std::string_view part) {
    if (part.empty()) {
        return "has an empty part";
    }
    if (part == "." || part == "..") {
        return "has a part \".\" or \"..\"";
    }
    return part.size() > kMaxNameBytes ? "has a part longer than 240 bytes" : nullptr;
}

const char* path_error(std::string_view path) {
    if (path.size() < 2 || path.front() != '/') {
        return "is not absolute";
    }
    if (path.size() > kMaxPathBytes) {
        return "is longer than 1024 bytes";
    }
    if (has_control_character(path)) {
        return "holds a control character";
    }
    std::size_t depth = 0;
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        if (const char* error = path_part_error(path.substr(start, end - start))) {
            return error;
        }
        start = end + 1;
        ++depth;
    }
    return depth > kMaxDepth ? "is deeper than 32 directories" : nullptr;
}

base::Result<void> check_file(const InjectedFile& file) {
    if (const char* error = path_error(file.path)) {
        return base::invalid_argument("the path of the file to inject \"" + file.path + "\" " + error);
    }
    if (file.mode > 07777) {
        return base::invalid_argument("the mode of " + file.path + " is not a set of permission bits");
    }
    return {};
}

/// One unambiguous text of a plan: every field is preceded by its length.
class CanonicalText {
  public:
    void add(std::string_view field) {
        text_ += std::to_string(field.size());
        text_ += ':';
        text_ += field;
    }
    void add_list(const std::vector<std::string>& fields) {
        add(std::to_string(fields.size()));
        for (const std::string& field : fields) {
            add(field);
        }
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string_view target_name(FileTarget target) {
    switch (target) {
        case FileTarget::Iso: return "iso";
        case FileTarget::Initrd: return "initrd";
        case FileTarget::Efi: break;
    }
    return "efi";
}

std::string canonical(const InjectionPlan& plan, const base::Digest& base_digest) {
    CanonicalText text;
    text.add("isolde-plan-1");
    text.add(base_digest.str());
    text.add_list(plan.append);
    text.add_list(plan.remove);
    text.add(plan.unattended ? "unattended" : "attended");
    for (const InjectedFile& file : plan.files) {
        text.add(target_name(file.target));
        text.add(file.path);
        text.add(std::to_string(file.mode));
        text.add(file.secret ? "secret" : "plain");
        text.add(base::sha256(file.content).hex());
    }
    return text.text();
}

void append_lines(std::string& out, char mark, std::string_view lines) {
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        out += mark;
        out += lines.substr(0, end);
        out += '\n';
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

std::string render_entries(const std::vector<EntryChange>& entries) {
    std::string out;
    const std::string* file = nullptr;
    for (const EntryChange& entry : entries) {
        if (file == nullptr || *file != entry.file) {
            out += "--- " + entry.file + "\n+++ " + entry.file + "\n";
            file = &entry.file;
        }
        const std::string line = std::to_string(entry.line);
        out += "@@ -" + line + " +" + line + " @@ " + entry.loader;
        out += entry.entry.empty() ? "\n" : ": " + entry.entry + "\n";
        append_lines(out, '-', entry.before);
        append_lines(out, '+', entry.after);
    }
    return out;
}

}  // namespace

base::Result<void> check_plan(const InjectionPlan& plan) {
    TRY(check_arguments(plan.append, "append"));
    TRY(check_arguments(plan.remove, "remove"));
    if (plan.files.size() > kMaxFiles) {
        return base::invalid_argument("more than " + std::to_string(kMaxFiles) + " files to inject");
    }
    std::set<std::pair<FileTarget, std::string>> seen;
    for (const InjectedFile& file : plan.files) {
        TRY(check_file(file));
        if (!seen.emplace(file.target, file.path).second) {
            return base::invalid_argument("the file " + file.path + " is to be injected twice");
        }
    }
    return {};
}

std::string plan_digest(const InjectionPlan& plan, const base::Digest& base_digest, base::ByteView key) {
    const std::string text = canonical(plan, base_digest);
    return key.empty() ? base::sha256(text).hex() : base::hmac_sha256_hex(key, base::as_bytes(text));
}

std::string render_text(const PlanReport& report) {
    std::string out = render_entries(report.entries);
    for (const FileChange& file : report.files) {
        out += file.technique + " " + file.path + " (" + std::to_string(file.bytes) + " bytes)\n";
    }
    for (const std::string& warning : report.warnings) {
        out += "warning: " + warning + "\n";
    }
    out += "delta " + base::to_string(base::ByteCount(report.delta_bytes)) + ", image " +
           base::to_string(base::ByteCount(report.image_size)) + ", plan " + report.plan_digest + "\n";
    return out;
}

base::Json render_json(const PlanReport& report) {
    base::Json entries = base::Json::array();
    for (const EntryChange& entry : report.entries) {
        entries.push_back({{"file", entry.file},
                           {"loader", entry.loader},
                           {"entry", entry.entry},
                           {"line", entry.line},
                           {"before", entry.before},
                           {"after", entry.after}});
    }
    base::Json files = base::Json::array();
    for (const FileChange& file : report.files) {
        files.push_back({{"path", file.path}, {"technique", file.technique}, {"bytes", file.bytes}});
    }
    return {{"entries", std::move(entries)},     {"files", std::move(files)},
            {"warnings", report.warnings},       {"plan_digest", report.plan_digest},
            {"delta_bytes", report.delta_bytes}, {"image_size", report.image_size}};
}

}  // namespace isolde::vmedia

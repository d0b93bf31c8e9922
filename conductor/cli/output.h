// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tables for people, JSON for programs, progress on a terminal.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace isolde::cli {

/// Columns padded to their widest cell, a header line above. Pure.
std::string render_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);
/// Two columns, nested objects as JSON. Pure.
std::string render_fields(const base::Json& object);
/// A cell's text: strings bare, null as "-".
std::string cell(const base::Json& value);

/// "[#########           ]  45 %  1.2 GiB of 2.6 GiB  downloading". Pure; `width` in columns of the bar.
std::string render_progress(std::uint64_t received, std::optional<std::uint64_t> total, const std::string& phase,
                            std::size_t width = 30);

/// One line that is rewritten on a terminal and printed once per change elsewhere. Not thread-safe.
class ProgressLine {
  public:
    ProgressLine(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
    void show(const std::string& text);
    /// Ends the line, so that other output may follow.
    void end();

  private:
    std::ostream& out_;
    bool terminal_;
    std::string shown_;
};

}  // namespace isolde::cli

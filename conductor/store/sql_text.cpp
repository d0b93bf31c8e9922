// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/store/connection.h"

#include <charconv>

namespace isolde::conductor {
namespace {

/// Calls `write(column)` for each column and joins what it gives by ", ".
template <typename Write>
std::string join_columns(std::string_view columns, Write write) {
    std::string joined;
    while (!columns.empty()) {
        const std::string_view column = columns.substr(0, columns.find(','));
        columns.remove_prefix(std::min(columns.size(), column.size() + 2));
        joined += (joined.empty() ? "" : ", ") + write(std::string(column));
    }
    return joined;
}

}  // namespace

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string whole;
    for (const auto part : parts) whole += part;
    return whole;
}

std::string insert_into(std::string_view table, std::string_view columns) {
    return joined({"INSERT INTO ", table, " (", columns, ") VALUES (", placeholders(columns), ")"});
}

std::string placeholders(std::string_view columns) {
    return join_columns(columns, [](const std::string& column) { return ":" + column; });
}

std::string assignments(std::string_view columns) {
    return join_columns(columns, [](const std::string& column) { return column + " = :" + column; });
}

std::string assignments_of_excluded(std::string_view columns) {
    return join_columns(columns, [](const std::string& column) { return column + " = excluded." + column; });
}

Value text(std::string value) {
    return {Value::Type::Text, false, std::move(value), 0};
}

Value text_or_null(std::string value) {
    const bool null = value.empty();
    return {Value::Type::Text, null, std::move(value), 0};
}

Value number(std::int64_t value) {
    return {Value::Type::Number, false, {}, value};
}

Value time(base::WallTime value) {
    return number(value.time_since_epoch().count());
}

Value time(const std::optional<base::WallTime>& value) {
    return value ? time(*value) : Value{Value::Type::Number, true, {}, 0};
}

const std::optional<std::string>& RowReader::next() {
    static const std::optional<std::string> kNull;
    if (position_ == row_.size()) {
        good_ = false;
        return kNull;
    }
    return row_[position_++];
}

std::string RowReader::text() {
    return next().value_or("");
}

std::int64_t RowReader::number() {
    const auto& column = next();
    if (!column) return 0;
    std::int64_t value = 0;
    const char* end = column->data() + column->size();
    const auto parsed = std::from_chars(column->data(), end, value);
    good_ = good_ && parsed.ec == std::errc{} && parsed.ptr == end;
    return value;
}

std::optional<base::WallTime> RowReader::optional_time() {
    if (position_ < row_.size() && !row_[position_]) {
        ++position_;
        return std::nullopt;
    }
    return time();
}

base::Result<void> RowReader::finish() const {
    if (!good_ || position_ != row_.size()) {
        return base::corrupt("column " + std::to_string(position_) + " of a row is not what it should be");
    }
    return {};
}

}  // namespace isolde::conductor

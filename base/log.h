// SPDX-License-Identifier: GPL-3.0-or-later
//
// Log lines are events: a stable id and key=value fields, such as
//     log.info("media.inserted", {{"node", node.str()}, {"slot", slot}});
// The catalogue of ids is docs/operating/events.md. Secrets have no conversion to a field: they cannot be logged.
#pragma once

#include "base/byte_count.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace isolde::base {

enum class LogLevel { Debug, Info, Warning, Error };
enum class LogFormat { Text, JsonLines };

Result<LogLevel> parse_log_level(std::string_view text);
Result<LogFormat> parse_log_format(std::string_view text);

struct LogField {
    std::string_view key;
    std::string value;

    LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
    LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
    LogField(std::string_view name, const char* text) : key(name), value(text) {}
    template <typename Tag>
    LogField(std::string_view name, const TextId<Tag>& id) : key(name), value(id.str()) {}
    template <std::integral T>
    LogField(std::string_view name, T number) : key(name), value(std::to_string(number)) {}
    LogField(std::string_view name, ByteCount count) : key(name), value(std::to_string(count.bytes())) {}
    /// Milliseconds.
    LogField(std::string_view name, Duration duration);
    LogField(std::string_view name, const Error& error) : key(name), value(error.to_string()) {}
};

/// Thread-safe.
class Log {
  public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::Debug, event, fields); }
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::Info, event, fields); }
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::Warning, event, fields); }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::Error, event, fields); }
};

/// Lines on standard error.
std::unique_ptr<Log> make_stderr_log(LogLevel level, LogFormat format);

/// Drops everything.
class NullLog final : public Log {
  public:
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace isolde::base

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/log.h"

#include "base/json.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace isolde::base {
namespace {

spdlog::level::level_enum native(LogLevel level) {
    switch (level) {
        case LogLevel::Debug: return spdlog::level::debug;
        case LogLevel::Info: return spdlog::level::info;
        case LogLevel::Warning: return spdlog::level::warn;
        case LogLevel::Error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::Debug: return "debug";
        case LogLevel::Info: return "info";
        case LogLevel::Warning: return "warning";
        case LogLevel::Error: return "error";
    }
    return "info";
}

bool is_plain(std::string_view value) {
    return !value.empty() && value.find_first_of(" \"=\\\n\r\t") == std::string_view::npos;
}

std::string as_text(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line(event);
    for (const LogField& field : fields) {
        line.append(" ").append(field.key).append("=");
        line += is_plain(field.value) ? field.value : dump_json(field.value);
    }
    return line;
}

std::string as_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    Json line = {{"time", to_iso8601(SystemClock().wall())}, {"level", name_of(level)}, {"event", event}};
    for (const LogField& field : fields) {
        line[std::string(field.key)] = field.value;
    }
    return dump_json(line);
}

class SpdLog final : public Log {
  public:
    SpdLog(LogLevel level, LogFormat format)
        : logger_("isolde", std::make_shared<spdlog::sinks::stderr_sink_mt>()), format_(format) {
        logger_.set_level(native(level));
        logger_.set_pattern(format == LogFormat::JsonLines ? "%v" : "%Y-%m-%dT%H:%M:%S.%e %l %v");
        logger_.flush_on(spdlog::level::debug);
    }

    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
        if (logger_.should_log(native(level))) {
            logger_.log(native(level), "{}", format_ == LogFormat::JsonLines ? as_json(level, event, fields) : as_text(event, fields));
        }
    }

  private:
    spdlog::logger logger_;
    LogFormat format_;
};

}  // namespace

LogField::LogField(std::string_view name, Duration duration)
    : key(name), value(std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count())) {}

Result<LogLevel> parse_log_level(std::string_view text) {
    for (const LogLevel level : {LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error}) {
        if (name_of(level) == text) {
            return level;
        }
    }
    return invalid_argument("'" + std::string(text) + "' is no log level; use debug, info, warning or error");
}

Result<LogFormat> parse_log_format(std::string_view text) {
    if (text == "text") return LogFormat::Text;
    if (text == "json") return LogFormat::JsonLines;
    return invalid_argument("'" + std::string(text) + "' is no log format; use text or json");
}

std::unique_ptr<Log> make_stderr_log(LogLevel level, LogFormat format) {
    return std::make_unique<SpdLog>(level, format);
}

}  // namespace isolde::base

// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/edit/grub_script.h"

#include "vmedia/edit/boot_config.h"

#include <algorithm>
#include <array>

namespace isolde::vmedia {
namespace {

constexpr std::size_t kTitleDepth = 16;
constexpr std::size_t kFunctionNameLimit = 64;  // of what is kept of it with each command

enum class TokenKind { Word, Separator, Open, Close, End };

struct Token {
    TokenKind kind = TokenKind::End;
    GrubWord word;
};

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() {
        skip_blanks();
        if (at_ >= text_.size()) {
            return {};
        }
        switch (text_[at_]) {
            case '{': return single(TokenKind::Open);
            case '}': return single(TokenKind::Close);
            case '\n':
            case ';':
            case '&':
            case '|':
            case '<':
            case '>': return single(TokenKind::Separator);
            default: return read_word();
        }
    }

    std::optional<std::size_t> open_quote() const { return open_quote_; }

  private:
    /// Length of "\\\n", "\\\r\n" or a backslash that ends the file at `at_`, else 0.
    std::size_t continuation() const {
        const std::string_view rest = text_.substr(at_);
        if (rest == "\\" || rest == "\\\r") {
            return rest.size();
        }
        return rest.starts_with("\\\n") ? 2U : rest.starts_with("\\\r\n") ? 3U : 0U;
    }

    bool at_last_backslash() const { return text_[at_] == '\\' && at_ + continuation() == text_.size(); }

    bool at_blank() const { return text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'; }

    /// Blanks, continuations and comments. GRUB drops every carriage return.
    void skip_blanks() {
        while (at_ < text_.size()) {
            if (text_[at_] == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (at_blank()) {
                ++at_;
            } else if (const std::size_t length = continuation(); length > 0) {
                at_ += length;
            } else {
                return;
            }
        }
    }

    Token single(TokenKind kind) {
        Token token{kind, {{at_, at_ + 1}, {}, {}}};
        ++at_;
        return token;
    }

    Token read_word() {
        GrubWord word{{at_, at_}, {}, {}};
        while (at_ < text_.size() && !at_blank() && !at_last_backslash() &&
               std::string_view("\n;&|<>{}").find(text_[at_]) == std::string_view::npos) {
            read_part(word);
            if (open_quote_) {
                return {};
            }
        }
        word.span.end = at_;
        return {TokenKind::Word, std::move(word)};
    }

    void read_part(GrubWord& word) {
        switch (text_[at_]) {
            case '\'': return read_single_quoted(word);
            case '"': return read_double_quoted(word);
            case '\\': return read_escape(word);
            case '$': return read_variable(word);
            default: word.text += text_[at_++];
        }
    }

    void read_single_quoted(GrubWord& word) {
        const std::size_t end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos) {
            open_quote_ = at_;
            return;
        }
        word.text += text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
    }

    void read_double_quoted(GrubWord& word) {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '$') {
                read_variable(word);
            } else if (text_[at_] == '\\') {
                read_quoted_escape(word);
            } else {
                word.text += text_[at_++];
            }
        }
        if (at_ >= text_.size()) {
            open_quote_ = begin;
            return;
        }
        ++at_;
    }

    void read_quoted_escape(GrubWord& word) {
        const bool known =
            at_ + 1 < text_.size() && std::string_view("\"\\$\n\r").find(text_[at_ + 1]) != std::string_view::npos;
        if (known) {
            read_escape(word);
        } else {
            word.text += text_[at_++];
        }
    }

    void read_escape(GrubWord& word) {
        if (const std::size_t length = continuation(); length > 0) {
            at_ += length;
            return;
        }
        ++at_;
        if (at_ < text_.size()) {
            word.text += text_[at_++];
        }
    }

    void read_variable(GrubWord& word) {
        const std::size_t end = variable_end();
        const std::string_view name = text_.substr(at_, end - at_);
        word.text += name;
        if (name.size() > 1) {
            word.variables.emplace_back(name);
        }
        at_ = end;
    }

    std::size_t variable_end() const {
        std::size_t end = at_ + 1;
        if (end < text_.size() && text_[end] == '{') {
            while (++end < text_.size() && (is_name_character(text_[end]) ||
                                            std::string_view("*@#?").find(text_[end]) != std::string_view::npos)) {
            }
            return end < text_.size() && text_[end] == '}' ? end + 1 : at_ + 1;
        }
        if (end < text_.size() && std::string_view("*@#?").find(text_[end]) != std::string_view::npos) {
            return end + 1;
        }
        while (end < text_.size() && is_name_character(text_[end])) {
            ++end;
        }
        return end;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::optional<std::size_t> open_quote_;
};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

class Parser {
  public:
    explicit Parser(std::string_view text) : lexer_(text) {}

    GrubScript run() {
        scopes_.push_back({});
        for (Token token = lexer_.next(); token.kind != TokenKind::End; token = lexer_.next()) {
            accept(std::move(token));
        }
        if (!lexer_.open_quote()) {
            finish_command();
        }
        script_.open_quote = lexer_.open_quote();
        return std::move(script_);
    }

  private:
    struct Scope {
        std::optional<std::size_t> entry;
        std::string function;
        std::size_t depth = 0;
    };

    void accept(Token token) {
        switch (token.kind) {
            case TokenKind::Word: return accept_word(std::move(token.word));
            case TokenKind::Open: return open_block();
            case TokenKind::Close: return close_block();
            default: finish_command();
        }
    }

    /// Words that another command may follow on the spot are not commands themselves.
    void accept_word(GrubWord word) {
        static constexpr std::array<std::string_view, 8> kPrefixes = {"if",   "elif", "while", "until",
                                                                      "then", "else", "do",    "!"};
        const bool written_out = word.span.end - word.span.begin == word.text.size();
        if (words_.empty() && written_out) {
            conditions_ += word.text == "if" || word.text == "while" || word.text == "until" || word.text == "for";
            conditions_ -= conditions_ > 0 && (word.text == "fi" || word.text == "done");
            if (contains(kPrefixes, word.text)) {
                return;
            }
        }
        words_.push_back(std::move(word));
    }

    void finish_command() {
        if (!words_.empty()) {
            script_.commands.push_back({std::move(words_), scopes_.back().entry, scopes_.back().function});
        }
        words_.clear();
    }

    void open_block() {
        Scope scope = scopes_.back();
        ++scope.depth;
        const std::string command = words_.empty() ? "" : words_[0].text;
        if (command == "menuentry" || command == "submenu") {
            scope.entry = add_entry(scope, command == "submenu");
        } else if (command == "function" && words_.size() > 1) {
            scope.function = words_[1].text.substr(0, kFunctionNameLimit);
        }
        finish_command();
        scopes_.push_back(std::move(scope));
    }

    void close_block() {
        finish_command();
        if (scopes_.size() > 1) {
            scopes_.pop_back();
        }
    }

    std::size_t add_entry(const Scope& scope, bool submenu) {
        const GrubWord title = title_word();
        GrubEntry entry;
        entry.title = title.text.substr(0, kEntryTitleLimit);
        entry.path = entry.title;
        entry.submenu = submenu;
        entry.nested = scope.entry.has_value();
        entry.parent = scope.entry;
        entry.conditional = conditions_ > 0 || !scope.function.empty();
        entry.literal_title = title.variables.empty() && title.text.size() <= kEntryTitleLimit;
        entry.offset = words_[0].span.begin;
        const std::size_t above = scope.entry ? script_.entries[*scope.entry].path.size() : 0;
        if (scope.entry && scope.depth < kTitleDepth && above + entry.title.size() <= 2 * kEntryTitleLimit) {
            entry.path = script_.entries[*scope.entry].path + " > " + entry.title;
        }
        script_.entries.push_back(std::move(entry));
        return script_.entries.size() - 1;
    }

    /// The first word that is neither an option nor the value of one.
    GrubWord title_word() const {
        static constexpr std::array<std::string_view, 5> kWithValue = {"--class", "--users", "--hotkey", "--format",
                                                                       "--id"};
        for (std::size_t i = 1; i < words_.size(); ++i) {
            if (contains(kWithValue, words_[i].text)) {
                ++i;
            } else if (!words_[i].text.starts_with("--")) {
                return words_[i];
            }
        }
        return {};
    }

    Lexer lexer_;
    GrubScript script_;
    std::vector<GrubWord> words_;
    std::vector<Scope> scopes_;
    std::size_t conditions_ = 0;
};

}  // namespace

GrubScript parse_grub(std::string_view text) {
    return Parser(text).run();
}

}  // namespace isolde::vmedia

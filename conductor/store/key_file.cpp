// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/files.h"
#include "conductor/store/store.h"

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace isolde::conductor {
namespace {

using base::Bytes;
using base::Result;

constexpr std::size_t kKeySize = 32;

/// 32 bytes as they are, or as hex or base64 with white space around.
Result<Bytes> parse_key(const std::string& content, const std::string& path) {
    if (content.size() == kKeySize) return base::to_bytes(content);
    std::string text;
    std::copy_if(content.begin(), content.end(), std::back_inserter(text),
                 [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
    auto key = text.size() == 2 * kKeySize ? base::from_hex(text) : base::from_base64(text);
    if (!key.ok() || key->size() != kKeySize) {
        return base::invalid_argument("key file " + path + " must hold 32 bytes, or their hex or base64");
    }
    return key;
}

/// The file appears whole, under its name, for one of several programs that start at once.
Result<void> create_key(const std::string& path, base::Random& random) {
    Bytes key(kKeySize);
    random.fill(key);
    const std::string draft = path + "." + random.token();
    TRY(base::write_durably(draft, base::to_base64(key) + "\n", 0600));
    const int linked = ::link(draft.c_str(), path.c_str());
    const int reason = errno;
    TRY(base::remove_file(draft));
    if (linked != 0 && reason != EEXIST) return base::from_errno("key file " + path, reason);
    const auto slash = path.rfind('/');
    return base::sync_directory(slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

}  // namespace

Result<Bytes> load_or_create_key(const std::string& path, base::Random& random) {
    if (!base::exists(path)) TRY(create_key(path, random));
    return parse_key(TRY(base::read_file(path, base::kibibytes(4))), path);
}

}  // namespace isolde::conductor

// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lists of checksums: what is read stands where it says, changing nothing changes nothing, and lines that are taken out
// are gone.
#include "vmedia/edit/checksum_list.h"

#include "base/check.h"

namespace isolde::vmedia {
namespace {

void check(std::string_view text, const std::vector<ListedChecksum>& list) {
    ISOLDE_CHECK(change_checksums(text, {}) == text);
    std::vector<ChecksumChange> all;
    std::size_t removed = 0;
    for (const ListedChecksum& line : list) {
        ISOLDE_CHECK(line.line.begin <= line.digits.begin && line.digits.end <= line.line.end);
        ISOLDE_CHECK(line.line.end <= text.size() && line.path.starts_with('/'));
        removed += line.line.end - line.line.begin;
        all.push_back({&line, ""});
    }
    ISOLDE_CHECK(change_checksums(text, all).size() == text.size() - removed);
}

}  // namespace
}  // namespace isolde::vmedia

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace isolde::vmedia;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, read_checksum_list(text));
    check(text, read_treeinfo_checksums(text));
    return 0;
}

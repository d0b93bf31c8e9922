// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/injected_files.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;

base::Result<std::vector<InjectFile>> read(const Json& files) {
    return read_inject_files(files, "inject_files");
}

TEST(InjectFiles, ReadEveryMember) {
    const auto files = read({{{"path", "/preseed.cfg"}, {"content", "d-i\n"}},
                             {{"path", "/etc/key"},
                              {"content_base64", "AAEC/w=="},
                              {"mode", "0600"},
                              {"target", "initrd"},
                              {"secret", "true"}},
                             {{"path", "/EFI/BOOT/x"}, {"content", ""}, {"mode", 416}, {"target", "efi"}}})
                           .value();
    ASSERT_EQ(files.size(), 3U);
    EXPECT_EQ(files[0].path, "/preseed.cfg");
    EXPECT_EQ(base::as_text(files[0].content), "d-i\n");
    EXPECT_EQ(files[0].mode, 0644U);
    EXPECT_EQ(files[0].target, InjectTarget::Iso);
    EXPECT_FALSE(files[0].secret);
    EXPECT_EQ(base::to_hex(files[1].content), "000102ff");
    EXPECT_EQ(files[1].mode, 0600U);
    EXPECT_EQ(files[1].target, InjectTarget::Initrd);
    EXPECT_TRUE(files[1].secret);
    EXPECT_EQ(files[2].mode, 0640U);
    EXPECT_EQ(files[2].target, InjectTarget::Efi);
}

TEST(InjectFiles, AreNoneWhenNull) {
    EXPECT_TRUE(read(nullptr)->empty());
    EXPECT_TRUE(read(Json::array())->empty());
}

TEST(InjectFiles, MayHaveOnePathInEachTarget) {
    EXPECT_TRUE(
        read({{{"path", "/a"}, {"content", ""}}, {{"path", "/a"}, {"content", ""}, {"target", "initrd"}}}).ok());
}

Json file_at(const std::string& path) {
    return {{"path", path}, {"content", "x"}};
}

/// A good file with one member changed.
Json file_with(const char* name, const Json& value) {
    Json file = file_at("/a");
    file[name] = value;
    return file;
}

TEST(InjectFiles, NameTheFileAndMemberThatIsWrong) {
    struct Row {
        const char* name;
        Json file;
        const char* text;
        ErrorKind kind = ErrorKind::InvalidArgument;
    };
    const std::vector<Row> rows{
        {"no object", 7, "inject_files/0 must be an object"},
        {"no path", {{"content", "x"}}, "inject_files/0/path is missing"},
        {"an empty path", file_at(""), "inject_files/0/path must be absolute"},
        {"a relative path", file_at("a"), "inject_files/0/path must be absolute"},
        {"the root", file_at("/"), "empty"},
        {"a directory", file_at("/a/"), "empty"},
        {"an empty part", file_at("/a//b"), "empty"},
        {"a dot", file_at("/./b"), "part"},
        {"a way out", file_at("/a/../b"), "part"},
        {"a control character", file_at("/a\nb"), "inject_files/0/path has a control character"},
        {"a NUL", file_at(std::string("/a\0b", 4)), "control character"},
        {"a long name", file_at("/" + std::string(256, 'n')), "255"},
        {"a long path", file_at("/" + std::string(1024, 'n')), "1024"},
        {"no content", {{"path", "/a"}}, "inject_files/0 needs either"},
        {"an unknown kind", file_with("kind", "socket"), "inject_files/0/kind"},
        {"a directory with content", file_with("kind", "directory"), "inject_files/0/content belongs to the kind file"},
        {"a link to nowhere", {{"path", "/a"}, {"kind", "symlink"}}, "inject_files/0/link_target is missing"},
        {"a file that points", file_with("link_target", "b"), "inject_files/0/link_target belongs"},
        {"two contents", file_with("content_base64", "eA=="), "inject_files/0 needs either"},
        {"content of another type", file_with("content", 5), "inject_files/0/content must be a string"},
        {"bad base64", {{"path", "/a"}, {"content_base64", "eA="}}, "inject_files/0/content_base64"},
        {"a checksum of nothing", file_with("checksum", "sha256:0"), "inject_files/0/checksum"},
        {"a mode in words", file_with("mode", "rw"), "inject_files/0/mode must be"},
        {"a mode with a tail", file_with("mode", "0644x"), "inject_files/0/mode must be"},
        {"an empty mode", file_with("mode", ""), "inject_files/0/mode must be"},
        {"decimal digits meant as octal", file_with("mode", 644), "inject_files/0/mode must be"},
        {"setuid", file_with("mode", "4755"), "inject_files/0/mode must be"},
        {"a negative mode", file_with("mode", -1), "inject_files/0/mode must be"},
        {"an unknown target", file_with("target", "disk"), "inject_files/0/target"},
        {"secret as a word", file_with("secret", "perhaps"), "inject_files/0/secret"},
        {"an unknown member", file_with("owner", "root"), "inject_files/0/owner is not known"},
        {"a URL of another kind", {{"path", "/a"}, {"url", "nfs://x/a"}}, "inject_files/0/url", ErrorKind::Unsupported},
        {"content and a URL", file_with("url", "http://x/a"), "inject_files/0 needs either content or url"},
        {"a checksum of no form",
         {{"path", "/a"}, {"url", "http://x/a"}, {"checksum", "x"}},
         "inject_files/0/checksum"},
        {"a directory by URL",
         {{"path", "/a"}, {"kind", "directory"}, {"url", "http://x/a"}},
         "inject_files/0/content belongs to the kind file"},
        {"too large", file_with("content", std::string(kLargestInjectedFile + 1, 'x')), "1 MiB", ErrorKind::Exhausted},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto files = read(Json::array({row.file}));
        ASSERT_FALSE(files.ok());
        EXPECT_EQ(files.error().kind, row.kind);
        EXPECT_NE(files.error().to_string().find(row.text), std::string::npos) << files.error().to_string();
    }
}

TEST(InjectFiles, AreNoArrayNoFiles) {
    EXPECT_EQ(read(Json::object()).error().message, "inject_files must be an array, not object");
}

TEST(InjectFiles, DoNotOverwriteOneAnother) {
    EXPECT_EQ(read({file_at("/a"), file_at("/b"), file_at("/a")}).error().message, "inject_files puts two files at /a");
}

TEST(InjectFiles, MayBeGivenByUrl) {
    const std::string checksum = base::sha256("x").str();
    const auto files = read({{{"path", "/a"}, {"url", "http://x/a"}, {"checksum", checksum}},
                             {{"path", "/b"}, {"url", "file:///srv/b"}}})
                           .value();
    EXPECT_EQ(files[0].fetched->url, "http://x/a");
    EXPECT_EQ(files[0].fetched->checksum->str(), checksum);
    EXPECT_FALSE(files[1].fetched->checksum.has_value());
    EXPECT_TRUE(files[0].content.empty());
}

TEST(InjectFiles, MayBeDirectoriesAndLinks) {
    const auto files = read({{{"path", "/new"}, {"kind", "directory"}},
                             {{"path", "/closed"}, {"kind", "directory"}, {"mode", "0700"}},
                             {{"path", "/new/link"}, {"kind", "symlink"}, {"link_target", "../a"}}})
                           .value();
    EXPECT_EQ(files[0].kind, InjectKind::Directory);
    EXPECT_EQ(files[0].mode, 0755U);
    EXPECT_EQ(files[1].mode, 0700U);
    EXPECT_EQ(files[2].kind, InjectKind::Symlink);
    EXPECT_EQ(files[2].link_target, "../a");
}

TEST(InjectFiles, KeepTheLimitOfTheirNumber) {
    Json many = Json::array();
    for (std::size_t i = 0; i < kMostInjectedFiles; ++i) many.push_back(file_at("/" + std::to_string(i)));
    EXPECT_TRUE(read(many).ok());
    many.push_back(file_at("/last"));
    EXPECT_EQ(read(many).error().kind, ErrorKind::Exhausted);
}

}  // namespace
}  // namespace isolde::conductor

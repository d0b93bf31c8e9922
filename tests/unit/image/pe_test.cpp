// SPDX-License-Identifier: GPL-3.0-or-later
//
// PE headers, made byte by byte.
#include "image/pe.h"

#include <gtest/gtest.h>

#include <functional>

namespace isolde::image {
namespace {

struct Section {
    std::string name;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

class PeBytes {
  public:
    explicit PeBytes(std::vector<Section> sections) : bytes_(64 + 24 + 152 + sections.size() * 40) {
        put_text(0, "MZ");
        put(60, 64, 4);
        put_text(64, "PE");
        put(64 + 6, static_cast<std::uint32_t>(sections.size()), 2);
        put(64 + 20, 152, 2);
        put(88, 0x20b, 2);
        put(88 + 108, 5, 4);
        for (std::size_t i = 0; i < sections.size(); ++i) {
            const std::size_t at = 88 + 152 + i * 40;
            put_text(at, sections[i].name);
            put(at + 8, sections[i].size, 4);
            put(at + 16, sections[i].size + 100, 4);
            put(at + 20, sections[i].offset, 4);
        }
    }

    void put(std::size_t at, std::uint32_t value, std::size_t width) {
        for (std::size_t i = 0; i < width; ++i) {
            bytes_.at(at + i) = static_cast<std::byte>(value >> (8 * i));
        }
    }
    void cut(std::size_t size) { bytes_.resize(size); }
    void set_signed() { put(88 + 112 + 4 * 8 + 4, 1000, 4); }
    base::Result<PeProgram> read() const { return read_pe(MemorySource(bytes_)); }

  private:
    void put_text(std::size_t at, const std::string& text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            bytes_.at(at + i) = static_cast<std::byte>(text[i]);
        }
    }

    base::Bytes bytes_;
};

TEST(Pe, TellsSectionsWithoutTheirPadding) {
    const auto program = PeBytes({{".text", 512, 10}, {".cmdline", 4096, 33}}).read();
    ASSERT_TRUE(program.ok()) << program.error().message;
    const PeSection* const line = program->section(".cmdline");
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->offset, 4096U);
    EXPECT_EQ(line->size, 33U);
    EXPECT_EQ(program->section(".linux"), nullptr);
    EXPECT_FALSE(program->is_unified_kernel());
    EXPECT_FALSE(program->is_signed);
}

TEST(Pe, KnowsAUnifiedKernelAndASignature) {
    PeBytes bytes({{".linux", 512, 10}});
    bytes.set_signed();
    const auto program = bytes.read();
    ASSERT_TRUE(program.ok());
    EXPECT_TRUE(program->is_unified_kernel());
    EXPECT_TRUE(program->is_signed);
}

struct HostileRow {
    const char* name;
    std::function<void(PeBytes&)> harm;
    base::ErrorKind kind;
};

TEST(Pe, RefusesWhatIsNoneOrReachesBeyondItsEnd) {
    const HostileRow rows[] = {
        {"empty", [](PeBytes& bytes) { bytes.cut(0); }, base::ErrorKind::Unsupported},
        {"another magic", [](PeBytes& bytes) { bytes.put(0, 0, 2); }, base::ErrorKind::Unsupported},
        {"no signature", [](PeBytes& bytes) { bytes.put(64, 0, 4); }, base::ErrorKind::Unsupported},
        {"header beyond the end", [](PeBytes& bytes) { bytes.put(60, 0xFFFFFFFF, 4); }, base::ErrorKind::Corrupt},
        {"too many sections", [](PeBytes& bytes) { bytes.put(70, 97, 2); }, base::ErrorKind::Corrupt},
        {"sections beyond the end", [](PeBytes& bytes) { bytes.cut(88 + 152 + 39); }, base::ErrorKind::Corrupt},
    };
    for (const HostileRow& row : rows) {
        PeBytes bytes({{".text", 512, 10}});
        row.harm(bytes);
        const auto program = bytes.read();
        ASSERT_FALSE(program.ok()) << row.name;
        EXPECT_EQ(program.error().kind, row.kind) << row.name << ": " << program.error().message;
    }
}

TEST(Pe, AShortOptionalHeaderHasNoSignature) {
    PeBytes bytes({{".text", 512, 10}});
    bytes.set_signed();
    bytes.put(64 + 20, 0, 2);
    bytes.put(64 + 6, 0, 2);
    const auto program = bytes.read();
    ASSERT_TRUE(program.ok());
    EXPECT_FALSE(program->is_signed);
}

}  // namespace
}  // namespace isolde::image

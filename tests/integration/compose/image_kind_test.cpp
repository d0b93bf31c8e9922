// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include "image/iso9660.h"

namespace isolde::vmedia::tests {
namespace {

InjectionPlan adding(const std::string& path) {
    InjectionPlan plan;
    plan.unattended = false;
    plan.files = {text_file(path, "new\n")};
    return plan;
}

/// `length` bytes at `offset` of a file.
std::string piece(const image::ByteSource& image, const image::IsoTree& tree, const image::IsoEntry& entry,
                  std::uint64_t offset, std::size_t length) {
    const auto runs = image::content_runs(image, tree, entry);
    EXPECT_TRUE(runs.ok() && runs->size() == 1);
    return std::string(base::as_text(image.read_bytes(runs->front().offset + offset, length).value()));
}

/// With one file of two sections.
const std::string& iso_above_four_gibibytes() {
    static const std::string iso = [] {
        const std::string tree = lasting_path("-tree");
        const std::string path = lasting_path(".iso");
        // All structures come before the content: the rest of what xorriso would write is zeros, and is left to a hole.
        shell("mkdir -p " + tree + "/dir && truncate -s 4300M " + tree + "/dir/big.bin && echo small > " + tree +
              "/dir/a && set +o pipefail && xorriso -as mkisofs -quiet -r -J -iso-level 3 -o - " + tree +
              " 2>/dev/null | head -c 500K > " + path + "; truncate -s 4510000000 " + path);
        return path;
    }();
    return iso;
}

/// Four gibibytes are not read for their digest.
base::Result<Composition> try_compose_large(const InjectionPlan& plan) {
    const auto base = TRY(image::FileSource::open(iso_above_four_gibibytes()));
    return compose(base, base::sha256("large"), plan, {});
}

TEST(FilesAboveFourGibibytes, StayAsTheyAreBesideNewOnes) {
    const auto base = image::FileSource::open(iso_above_four_gibibytes());
    ASSERT_TRUE(base.ok());
    const auto base_volume = image::read_iso9660(**base);
    ASSERT_TRUE(base_volume.ok()) << base_volume.error().to_string();
    const auto big = image::find(**base, base_volume->primary(), "/dir/big.bin");
    ASSERT_TRUE(big.ok());
    ASSERT_EQ(big->entry.records.size(), 2U);
    constexpr std::uint64_t kMark = (4ULL << 30U) + 5000;  // in the second section
    const auto runs = image::content_runs(**base, base_volume->primary(), big->entry);
    ASSERT_TRUE(runs.ok());
    shell("printf mark | dd of=" + iso_above_four_gibibytes() +
          " bs=1 conv=notrunc status=none oflag=seek_bytes seek=" + std::to_string(runs->front().offset + kMark));
    const auto composition = try_compose_large(adding("/dir/new.txt"));
    ASSERT_TRUE(composition.ok()) << composition.error().to_string();
    const image::ByteSource& image = *composition->image;
    const auto volume = image::read_iso9660(image);
    ASSERT_TRUE(volume.ok()) << volume.error().to_string();
    for (const auto& tree : volume->trees) {
        const auto found = image::find(image, tree, "/dir/big.bin");
        ASSERT_TRUE(found.ok()) << image::to_string(tree);
        EXPECT_EQ(found->entry.size(), 4300ULL << 20U) << image::to_string(tree);
        EXPECT_EQ(piece(image, tree, found->entry, kMark, 4), "mark");
        EXPECT_TRUE(image::find(image, tree, "/dir/new.txt").ok()) << image::to_string(tree);
    }
    EXPECT_LT(composition->report.delta_bytes, 64U << 10U);
}

TEST(FilesAboveFourGibibytes, AreNotReplaced) {
    const auto composition = try_compose_large(adding("/dir/big.bin"));
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find("several sections"), std::string::npos)
        << composition.error().to_string();
}

const std::string& compressed_iso() {
    static const std::string iso = [] {
        const std::string tree = lasting_path("-tree");
        const std::string path = lasting_path(".iso");
        shell("mkdir -p " + tree + "/dir && seq 1 20000 > " + tree + "/dir/numbers && echo short > " + tree +
              "/dir/short && xorriso -outdev " + path + " -joliet on -map " + tree +
              " / -set_filter_r --zisofs / -- 2>&1");
        return path;
    }();
    return iso;
}

TEST(CompressedFiles, StayAsTheyAreBesideNewOnes) {
    const std::string out = composed_file(compressed_iso(), adding("/dir/new.txt"));
    const std::string after = extracted_by_rock_ridge(out);  // libarchive uncompresses zisofs
    EXPECT_EQ(differences(extracted_by_rock_ridge(compressed_iso()), after),
              std::set<std::string>{"Only in B/dir: new.txt"});
    EXPECT_EQ(content_of(after + "/dir/numbers"), shell("seq 1 20000"));
    EXPECT_EQ(content_of(after + "/dir/new.txt"), "new\n");
}

TEST(CompressedFiles, AreNotReplaced) {
    const auto composition = try_compose(compressed_iso(), adding("/dir/numbers"));
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find("zisofs"), std::string::npos) << composition.error().to_string();
}

/// A thousand files, shown in twenty directories.
std::string iso_of_twenty_thousand_files() {
    const std::string tree = fresh_path("-tree");
    const std::string path = fresh_path(".iso");
    shell("mkdir -p " + tree + "/data/{0..9}/deep && for i in {0..999}; do echo $i > " + tree +
          "/data/$((i / 100))/deep/package-$i.deb; done && printf 'menuentry x {\\n linux /vmlinuz\\n}\\n' > " + tree +
          "/grub.cfg && echo k > " + tree + "/vmlinuz && xorriso -as mkisofs -quiet -r -J -graft-points -o " + path +
          " /boot/grub/grub.cfg=" + tree + "/grub.cfg /vmlinuz=" + tree +
          "/vmlinuz $(for i in {0..19}; do echo /pool/$i=" + tree + "/data; done) 2>&1");
    return path;
}

TEST(TwentyThousandFiles, TakeAFileWithTheDeltaOfASmallImage) {
    const std::string base = iso_of_twenty_thousand_files();
    InjectionPlan plan = adding("/pool/7/4/deep/package-499a.deb");
    plan.append = {"injected=1"};
    const Composition composition = composed(base, plan);
    ASSERT_TRUE(composition.image);
    EXPECT_LT(composition.report.delta_bytes, 64U << 10U);
    const std::string out = fresh_path(".iso");
    ASSERT_TRUE(materialize(*composition.image, out).ok());
    for (const std::string tree : {"-R", "-J"}) {
        std::set<std::string> before = lines_of(shell("isoinfo " + tree + " -f -i " + base));
        EXPECT_GT(before.size(), 20000U);
        before.insert(plan.files.front().path);
        EXPECT_EQ(lines_of(shell("isoinfo " + tree + " -f -i " + out)), before) << tree;
    }
    EXPECT_EQ(shell("xorriso -indev " + out + " -find / -type f -exec report_lba 2>/dev/null | wc -l"),
              shell("expr $(xorriso -indev " + base + " -find / -type f -exec report_lba 2>/dev/null | wc -l) + 1"));
}

std::string pure_udf() {
    const std::string path = fresh_path(".iso");
    shell("truncate -s 16M " + path + " && /usr/sbin/mkudffs -m hd -b 2048 --label=WINDOWS " + path + " 2>&1");
    return path;
}

/// As Windows' installers: everything in UDF, a note in ISO 9660.
std::string udf_bridge_with_a_note() {
    const std::string tree = fresh_path("-tree");
    const std::string path = fresh_path(".iso");
    shell("mkdir -p " + tree + "/sources && echo note > " + tree + "/README.TXT && echo wim > " + tree +
          "/sources/install.wim && echo setup > " + tree + "/setup.exe && genisoimage -quiet -udf -hide sources" +
          " -hide setup.exe -V WINDOWS -o " + path + " " + tree + " 2>&1");
    return path;
}

void expect_way_out(const std::string& iso, const InjectionPlan& plan) {
    const auto composition = try_compose(iso, plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find("UDF"), std::string::npos) << composition.error().to_string();
    EXPECT_NE(composition.error().to_string().find("second medium"), std::string::npos)
        << composition.error().to_string();
    const auto report = inspect(**image::FileSource::open(iso));
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->injectable, "no");
    EXPECT_NE(render_text(*report).find("second medium"), std::string::npos) << render_text(*report);
}

TEST(Udf, AloneIsRefusedWithTheWayOut) {
    expect_way_out(pure_udf(), adding("/autounattend.xml"));
}

TEST(Udf, AnInstallerThatIsReadByItIsRefusedWithTheWayOut) {
    const std::string iso = udf_bridge_with_a_note();
    expect_way_out(iso, adding("/autounattend.xml"));
    InjectionPlan removal;
    removal.unattended = false;
    removal.remove_files = {"/README.TXT"};
    expect_way_out(iso, removal);
}

TEST(Udf, BesideABootableTreeIsWarnedOf) {
    const std::string tree = fresh_path("-tree");
    const std::string iso = fresh_path(".iso");
    shell("mkdir -p " + tree + "/boot/grub && printf 'menuentry x {\\n linux /vmlinuz\\n}\\n' > " + tree +
          "/boot/grub/grub.cfg && echo k > " + tree + "/vmlinuz && genisoimage -quiet -udf -r -J -o " + iso + " " +
          tree + " 2>&1");
    InjectionPlan plan = adding("/new.txt");
    plan.append = {"injected=1"};
    const std::string out = composed_file(iso, plan);
    EXPECT_NE(render_text(composed(iso, plan).report).find("UDF file system still shows the unchanged files"),
              std::string::npos);
    EXPECT_EQ(differences(extracted_by_rock_ridge(iso), extracted_by_rock_ridge(out)),
              (std::set<std::string>{"Only in B: new.txt", changed("/boot/grub/grub.cfg")}));
    EXPECT_EQ(shell("7z l -slt " + out + " | grep -c '^Path = boot/grub/grub.cfg'"), "1\n");
}

}  // namespace
}  // namespace isolde::vmedia::tests

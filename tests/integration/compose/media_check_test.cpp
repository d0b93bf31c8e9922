// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checksums that media bring of themselves, verified by the programs that installers use.
#include "workbench.h"

namespace isolde::vmedia::tests {
namespace {

InjectionPlan some_plan(MediaCheck check) {
    InjectionPlan plan;
    plan.append = {"isolde=1"};
    plan.files = {text_file("/etc/probe", "here\n", FileTarget::Initrd)};
    plan.media_check = check;
    return plan;
}

std::string report_of(const std::string& layout, MediaCheck check) {
    return render_text(composed(iso_of_layout(layout), some_plan(check)).report);
}

/// The 512 bytes of the primary descriptor that hold the checksum.
std::string tag_of(const std::string& iso) {
    return shell("dd if=" + iso + " bs=1 skip=33651 count=512 status=none");
}

TEST(MediaCheck, IsDroppedUnlessToldOtherwise) {
    EXPECT_EQ(InjectionPlan().media_check, MediaCheck::Drop);
    const std::string iso = composed_file(iso_of_layout("fedora"), some_plan(MediaCheck::Drop));
    EXPECT_EQ(tag_of(iso), std::string(512, ' '));
    const std::string tree = extracted_by_rock_ridge(iso);
    EXPECT_EQ(content_of(tree + "/EFI/BOOT/grub.cfg").find("rd.live.check"), std::string::npos);
    EXPECT_NE(report_of("fedora", MediaCheck::Drop).find("dropped, with rd.live.check"), std::string::npos);
}

TEST(MediaCheck, ThatIsKeptIsWhatImplantisomd5WouldWrite) {
    const std::string iso = composed_file(iso_of_layout("fedora"), some_plan(MediaCheck::Keep));
    EXPECT_EQ(try_shell("checkisomd5 " + iso).exit_code, 0);
    const std::string ours = tag_of(iso);
    const std::string again = fresh_path(".iso");
    shell("cp " + iso + " " + again + " && implantisomd5 --force " + again + " >/dev/null");
    EXPECT_EQ(ours, tag_of(again));
    EXPECT_NE(content_of(extracted_by_rock_ridge(iso) + "/EFI/BOOT/grub.cfg").find("rd.live.check"), std::string::npos);
    EXPECT_NE(report_of("fedora", MediaCheck::Keep).find("reads all of its"), std::string::npos);
    shell("printf x | dd of=" + again + " bs=1 seek=5000000 conv=notrunc status=none");
    EXPECT_NE(try_shell("checkisomd5 " + again).exit_code, 0) << "a changed byte is found";
}

/// An image whose EFI partition has to move, with the checksums of all its files, the boot catalog among them.
std::string image_that_lists_its_catalog() {
    const std::string tree = extracted_by_xorriso(iso_of_layout("ubuntu"));
    const std::string catalog = shell("cd " + tree + " && find . -name 'boot.cat*' -printf %p");
    const std::string list = fresh_path(".txt");
    shell("cd " + tree + " && md5sum " + catalog + " $(find . -name grub.cfg) > " + list);
    const std::string iso = fresh_path(".iso");
    shell("xorriso -indev " + iso_of_layout("ubuntu") + " -outdev " + iso + " -boot_image any replay -map " + list +
          " /md5sum.txt -commit 2>&1");
    return iso;
}

TEST(MediaCheck, TheBootCatalogIsNotListedWhereItChanges) {
    const std::string iso = image_that_lists_its_catalog();
    for (const MediaCheck check : {MediaCheck::Drop, MediaCheck::Keep}) {
        const std::string tree = extracted_by_rock_ridge(composed_file(iso, some_plan(check)));
        EXPECT_EQ(content_of(tree + "/md5sum.txt").find("boot.cat"), std::string::npos);
        const bool listed = content_of(tree + "/md5sum.txt").find("grub.cfg") != std::string::npos;
        EXPECT_EQ(listed, check == MediaCheck::Keep);
    }
    const std::string kept = render_text(composed(iso, some_plan(MediaCheck::Keep)).report);
    EXPECT_NE(kept.find("the boot catalog, is taken out"), std::string::npos) << kept;
}

TEST(MediaCheck, ThatIsKeptIsUndoneToo) {
    const std::string iso = composed_file(iso_of_layout("fedora"), some_plan(MediaCheck::Keep));
    const std::string restored = fresh_path(".iso");
    const auto undone = undo(*image::FileSource::open(iso).value(), restored);
    ASSERT_TRUE(undone.ok()) << undone.error().to_string();
    shell("cmp " + restored + " " + iso_of_layout("fedora"));
}

TEST(MediaCheck, ThatIsKeptHoldsOnAComposedImageOfAnySize) {
    for (std::size_t size = 0; size < 20'000; size += 2'048) {
        InjectionPlan plan = some_plan(MediaCheck::Keep);
        plan.files.push_back(text_file("/more", std::string(size, 'm')));
        EXPECT_EQ(try_shell("checkisomd5 " + composed_file(iso_of_layout("fedora"), plan)).exit_code, 0) << size;
    }
}

TEST(ChecksumLists, OfCasperPassOverWhatChangedOrAreComputedAnew) {
    for (const auto check : {MediaCheck::Drop, MediaCheck::Keep}) {
        const std::string tree = extracted_by_xorriso(composed_file(iso_of_layout("casper"), some_plan(check)));
        const std::string verify = "cd " + tree + " && md5sum --quiet --strict --check md5sum.txt";
        EXPECT_EQ(try_shell(verify).exit_code, 0) << try_shell(verify).output;
        const bool listed = content_of(tree + "/md5sum.txt").find("./casper/initrd\n") != std::string::npos;
        EXPECT_EQ(listed, check == MediaCheck::Keep);
        EXPECT_NE(content_of(tree + "/md5sum.txt").find("./casper/filesystem.squashfs\n"), std::string::npos);
        EXPECT_NE(report_of("casper", check).find(check == MediaCheck::Keep ? "computed anew" : "taken out"),
                  std::string::npos);
    }
}

TEST(ChecksumLists, NameNoFileThatIsDeleted) {
    InjectionPlan plan = some_plan(MediaCheck::Keep);
    plan.remove_files = {"/pool"};
    const std::string tree = extracted_by_xorriso(composed_file(iso_of_layout("casper"), plan));
    EXPECT_EQ(try_shell("cd " + tree + " && md5sum --quiet --strict --check md5sum.txt").exit_code, 0);
    EXPECT_EQ(content_of(tree + "/md5sum.txt").find("./pool/"), std::string::npos);
}

TEST(ChecksumLists, OfTreeinfoFollow) {
    for (const auto check : {MediaCheck::Drop, MediaCheck::Keep}) {
        const std::string tree = extracted_by_xorriso(composed_file(iso_of_layout("fedora"), some_plan(check)));
        const Outcome verified = try_shell("set -e; cd " + tree +
                                           "; sed -n 's/^\\(.*\\) = sha256:\\(.*\\)/\\2  \\1/p' .treeinfo >list; "
                                           "sha256sum --quiet --check list; wc -l <list");
        EXPECT_EQ(verified.exit_code, 0) << verified.output;
        EXPECT_EQ(verified.output, check == MediaCheck::Keep ? "3\n" : "1\n");
    }
}

TEST(ChecksumLists, ThatAreSignedStayAndAreToldOf) {
    const Composition composition = composed(iso_of_layout("opensuse"), some_plan(MediaCheck::Drop));
    const std::string text = render_text(composition.report);
    EXPECT_NE(text.find("/CHECKSUMS is signed and stays"), std::string::npos) << text;
    EXPECT_NE(text.find("tagmedia: the checksum of the whole image is dropped"), std::string::npos) << text;
    const std::string iso = composed_file(iso_of_layout("opensuse"), some_plan(MediaCheck::Drop));
    EXPECT_EQ(tag_of(iso), std::string(512, ' '));
}

TEST(MediaCheck, OfTagmediaCannotBeKept) {
    const auto composition = try_compose(iso_of_layout("opensuse"), some_plan(MediaCheck::Keep));
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported);
    EXPECT_NE(composition.error().to_string().find("tagmedia"), std::string::npos);
}

}  // namespace
}  // namespace isolde::vmedia::tests

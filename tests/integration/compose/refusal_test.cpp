// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include <algorithm>
#include <filesystem>

namespace isolde::vmedia::tests {
namespace {

void expect_refused(const std::string& iso, const InjectionPlan& plan, base::ErrorKind kind, const std::string& text) {
    const auto composition = try_compose(iso, plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, kind) << composition.error().to_string();
    EXPECT_NE(composition.error().to_string().find(text), std::string::npos) << composition.error().to_string();
}

std::string plain_iso() {
    static const std::string iso = [] {
        const std::string tree = lasting_path("-tree");
        const std::string path = lasting_path(".iso");
        shell("mkdir " + tree + " && echo hello > " + tree + "/readme && xorriso -as mkisofs -quiet -r -J -o " + path +
              " " + tree + " 2>&1");
        return path;
    }();
    return iso;
}

TEST(Refusals, ArgumentsThatNoEntryTakes) {
    InjectionPlan plan;
    plan.append = {"console=ttyS0"};
    expect_refused(plain_iso(), plan, base::ErrorKind::Unsupported, "nothing takes the kernel arguments");
}

TEST(Refusals, ArgumentsForAMemoryTest) {
    const std::string iso = "/usr/lib/memtest86+/memtest86+x64.iso";
    if (!std::filesystem::exists(iso)) {
        GTEST_SKIP() << iso << " is not installed";
    }
    InjectionPlan plan;
    plan.append = {"console=ttyS0"};
    const auto composition = try_compose(iso, plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported) << composition.error().to_string();
}

TEST(Refusals, AFileForAnInitrdThatDoesNotExist) {
    InjectionPlan plan;
    plan.files = {text_file("/preseed.cfg", "x", FileTarget::Initrd)};
    expect_refused(plain_iso(), plan, base::ErrorKind::Unsupported, "/preseed.cfg");
}

TEST(Refusals, AFileForAnInitrdThatOnlyTheLoaderFinds) {
    InjectionPlan plan;
    plan.files = {text_file("/boot/grub/grub.cfg",
                            "function initrdefi { initrd \"$@\"; }\n"
                            "menuentry A { linux /live/vmlinuz; initrd /live/$kind.img; }\n"),
                  text_file("/preseed.cfg", "x", FileTarget::Initrd)};
    expect_refused(iso_of_layout("live"), plan, base::ErrorKind::Unsupported,
                   "/boot/grub/grub.cfg: files for the initrd do not reach /live/$kind.img");
    plan.files[0] = text_file("/boot/grub/grub.cfg",
                              "menuentry A { linux /live/vmlinuz; initrd /live/initrd.img; }\n"
                              "menuentry B { linux /live/vmlinuz; initrd /live/$kind.img; }\n");
    const auto warnings = composed(iso_of_layout("live"), plan).report.warnings;
    EXPECT_EQ(std::count(warnings.begin(), warnings.end(),
                         "/boot/grub/grub.cfg: files for the initrd do not reach /live/$kind.img, whose path only the "
                         "boot loader knows"),
              1);
}

TEST(Refusals, AnEntryThatIsNamedForNothing) {
    InjectionPlan plan;
    plan.entries = {"install"};
    expect_refused(iso_of_layout("debian"), plan, base::ErrorKind::InvalidArgument, "\"install\" is named, and no");
}

TEST(Refusals, AFileForAnEfiPartitionThatDoesNotExist) {
    InjectionPlan plan;
    plan.files = {text_file("/EFI/x", "x", FileTarget::Efi)};
    expect_refused(plain_iso(), plan, base::ErrorKind::Unsupported, "EFI system partition");
}

TEST(Refusals, AFileThatNoEfiPartitionHolds) {
    InjectionPlan plan;
    plan.files = {text_file("/EFI/large", std::string(140U << 20U, 'x'), FileTarget::Efi)};
    expect_refused(iso_of_layout("debian"), plan, base::ErrorKind::Exhausted, "/EFI/large");
}

TEST(Refusals, ABootImage) {
    InjectionPlan plan;
    plan.files = {text_file("/isolinux/isolinux.bin", "x")};
    expect_refused(iso_of_layout("debian"), plan, base::ErrorKind::Unsupported, "boot image");
}

TEST(Refusals, OneFileOfAnImageWithoutCaseForTwo) {
    const std::string tree = lasting_path("-tree");
    const std::string iso = lasting_path(".iso");
    shell("mkdir -p " + tree + "/d && echo hello > " + tree + "/d/readme.txt && genisoimage -quiet -o " + iso + " " +
          tree + " 2>&1");
    InjectionPlan plan;
    plan.files = {text_file("/d/readme.txt", "one"), text_file("/D/README.TXT", "two")};
    expect_refused(iso, plan, base::ErrorKind::Conflict, "/D/README.TXT is to be replaced twice");
}

TEST(Refusals, AFileWhereTheImageHasALink) {
    const std::string tree = lasting_path("-tree");
    const std::string iso = lasting_path(".iso");
    shell("mkdir -p " + tree + "/d && ln -s elsewhere " + tree + "/d/link && xorriso -as mkisofs -quiet -r -o " + iso +
          " " + tree + " 2>&1");
    InjectionPlan plan;
    plan.files = {text_file("/d/link", "x")};
    expect_refused(iso, plan, base::ErrorKind::Conflict, "/d/link is no regular file in the image");
    plan.remove_files = {"/d/link"};
    EXPECT_TRUE(try_compose(iso, plan).ok());
}

/// Boots by GRUB in either of two EFI images: the boot catalog names one in the tree, the partition table an appended
/// one. `second`: the configuration of that.
std::string iso_with_two_efi_images(const std::string& second) {
    const std::string tree = lasting_path("-tree");
    const std::string iso = lasting_path(".iso");
    const std::string entry = "menuentry x {\\n linux /boot/vmlinuz quiet\\n initrd /boot/initrd\\n}\\n";
    const auto make_fat = [](const std::string& fat, const std::string& text) {
        shell("mkfs.vfat -C " + fat + " 1440 >/dev/null && printf '" + text + "' > " + fat + ".cfg && mmd -i " + fat +
              " ::EFI ::EFI/BOOT && mcopy -i " + fat + " " + fat + ".cfg ::EFI/BOOT/grub.cfg");
    };
    shell("mkdir -p " + tree + "/boot && echo x > " + tree + "/boot/vmlinuz && printf 070701 > " + tree +
          "/boot/initrd");
    make_fat(tree + "/boot/efi.img", entry);
    make_fat(iso + ".fat", second.empty() ? entry : second);
    shell("xorriso -as mkisofs -quiet -r -e boot/efi.img -no-emul-boot -append_partition 2 0xef " + iso + ".fat -o " +
          iso + " " + tree + " 2>&1");
    return iso;
}

TEST(Refusals, WhatOneOfTwoEfiImagesWouldMiss) {
    const std::string iso = iso_with_two_efi_images("");
    InjectionPlan arguments;
    arguments.append = {"console=ttyS0"};
    expect_refused(iso, arguments, base::ErrorKind::Unsupported, "another EFI boot image at byte");
    InjectionPlan file;
    file.files = {text_file("/EFI/x", "x", FileTarget::Efi)};
    expect_refused(iso, file, base::ErrorKind::Unsupported, "the file /EFI/x would be in one EFI boot image only");
    InjectionPlan elsewhere;
    elsewhere.files = {text_file("/x", "x"), text_file("/preseed.cfg", "x", FileTarget::Initrd)};
    const auto composition = try_compose(iso, elsewhere);
    ASSERT_TRUE(composition.ok()) << composition.error().to_string();
    ASSERT_FALSE(composition->report.warnings.empty());
    EXPECT_NE(composition->report.warnings.front().find("another EFI boot image"), std::string::npos);
}

TEST(Refusals, NoArgumentsWhereTheOtherEfiImageLeadsToTheTree) {
    InjectionPlan plan;
    plan.append = {"console=ttyS0"};
    const auto composition = try_compose(iso_with_two_efi_images("configfile /EFI/BOOT/grub.cfg"), plan);
    EXPECT_TRUE(composition.ok()) << composition.error().to_string();
}

TEST(Refusals, AnInitrdOfNoKnownFormat) {
    const std::string tree = fresh_path("-tree");
    const std::string iso = fresh_path(".iso");
    shell("mkdir -p " + tree + "/boot/grub && echo 'not an archive' > " + tree + "/boot/initrd && : > " + tree +
          "/boot/vmlinuz && printf 'menuentry x {\\n linux /boot/vmlinuz\\n initrd /boot/initrd\\n}\\n' > " + tree +
          "/boot/grub/grub.cfg && xorriso -as mkisofs -quiet -r -o " + iso + " " + tree + " 2>&1");
    InjectionPlan plan;
    plan.files = {text_file("/preseed.cfg", "x", FileTarget::Initrd)};
    expect_refused(iso, plan, base::ErrorKind::Unsupported, "/boot/initrd");
}

TEST(Refusals, WhatIsNoIsoImage) {
    const std::string path = fresh_path(".iso");
    shell("head -c 1000000 /dev/zero > " + path);
    InjectionPlan plan;
    plan.append = {"x"};
    const auto composition = try_compose(path, plan);
    ASSERT_FALSE(composition.ok());
    EXPECT_EQ(composition.error().kind, base::ErrorKind::Unsupported) << composition.error().to_string();
}

TEST(Manifests, AreNotFoundInAnImageThatWasNotComposed) {
    const auto manifest = read_manifest(**image::FileSource::open(plain_iso()));
    ASSERT_FALSE(manifest.ok());
    EXPECT_EQ(manifest.error().kind, base::ErrorKind::NotFound);
}

TEST(Manifests, HoldNoDigestOfASecretWithoutAKeyAndAKeyedOneWithIt) {
    InjectionPlan plan;
    plan.unattended = false;
    plan.files = {text_file("/secret", "hunter2")};
    plan.files.front().secret = true;
    const std::string plain = base::sha256("hunter2").hex();
    const std::string keyed = base::hmac_sha256_hex(base::as_bytes("key"), base::as_bytes("hunter2"));
    const std::string unkeyed_manifest = base::dump_json(try_compose(plain_iso(), plan)->manifest);
    EXPECT_EQ(unkeyed_manifest.find(plain), std::string::npos);
    const std::string keyed_manifest = base::dump_json(try_compose(plain_iso(), plan, "key")->manifest);
    EXPECT_EQ(keyed_manifest.find(plain), std::string::npos);
    EXPECT_NE(keyed_manifest.find(keyed), std::string::npos);
}

TEST(Manifests, ReadFromTheImageAreThoseOfTheComposition) {
    InjectionPlan plan;
    plan.files = {text_file("/a", "x")};
    const Composition composition = composed(iso_of_layout("debian"), plan);
    const auto manifest = read_manifest(*composition.image);
    ASSERT_TRUE(manifest.ok()) << manifest.error().to_string();
    EXPECT_EQ(*manifest, composition.manifest);
}

TEST(EfiFiles, AreInTheFat) {
    InjectionPlan plan;
    plan.files = {text_file("/loader/extra.conf", "hello\n", FileTarget::Efi)};
    for (const char* layout : {"debian", "ubuntu", "fedora"}) {
        const auto boot = composed(iso_of_layout(layout), plan);
        ASSERT_TRUE(boot.image) << layout;
        const std::string out = fresh_path(".iso");
        ASSERT_TRUE(materialize(*boot.image, out).ok());
        EXPECT_EQ(shell("offset=$(xorriso -indev " + out +
                        " -report_el_torito plain 2>/dev/null | awk '/UEFI/ {print $NF}'"
                        " | head -1); dd if=" +
                        out + " bs=2048 skip=$offset status=none of=" + out + ".fat; mtype -i " + out +
                        ".fat ::/loader/extra.conf"),
                  "hello\n")
            << layout;
    }
}

}  // namespace
}  // namespace isolde::vmedia::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#include "workbench.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <chrono>
#include <random>

namespace isolde::vmedia::tests {
namespace {

constexpr int kMutants = 400;
constexpr auto kPatience = std::chrono::seconds(5);

/// An image with everything in it that is parsed, and little else.
std::string small_bootable_iso() {
    const std::string tree = fresh_path("-tree");
    const std::string path = fresh_path(".iso");
    shell("mkdir -p " + tree + "/boot/grub " + tree + "/isolinux " + tree + "/many && cd " + tree +
          " && printf 'menuentry x {\\n linux /boot/vmlinuz quiet\\n initrd /boot/initrd\\n}\\n' > boot/grub/grub.cfg" +
          " && printf 'default a\\nlabel a\\n kernel /boot/vmlinuz\\n append initrd=/boot/initrd\\n' > "
          "isolinux/isolinux.cfg"
          " && echo kernel > boot/vmlinuz && cpio -o -H newc --quiet < /dev/null > boot/initrd"
          " && head -c 4096 /dev/zero | tr '\\0' x > isolinux/isolinux.bin && for i in $(seq 60); do echo $i > "
          "many/f$i; done"
          " && mkfs.vfat -C " +
          tree +
          "/efi.img 256 > /dev/null && mmd -i efi.img ::/EFI && mcopy -i efi.img "
          "boot/grub/grub.cfg ::/EFI/grub.cfg && xorriso -as mkisofs -quiet -r -J -partition_offset 16 "
          "-b isolinux/isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table -eltorito-alt-boot "
          "-e efi.img -no-emul-boot -isohybrid-gpt-basdat -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin -o " +
          path + " " + tree + " 2>&1");
    return path;
}

std::shared_ptr<const image::FileSource> memory_file(const std::string& content) {
    base::UniqueFd file(::memfd_create("mutant", MFD_CLOEXEC));
    EXPECT_TRUE(base::write_exactly(file.get(), 0, base::as_bytes(content)).ok());
    return std::make_shared<const image::FileSource>(std::move(file), content.size());
}

/// A few bytes of the structures changed: descriptors, catalog, directories, FAT, tables; now and then the end cut off.
std::string mutate(std::string image, std::mt19937_64& random) {
    const std::uint64_t structures = std::min<std::uint64_t>(image.size(), 512U << 10U);
    const std::uint64_t changes = 1 + random() % 12;
    for (std::uint64_t i = 0; i < changes; ++i) {
        const std::uint64_t at = random() % 3 == 0 ? random() % 4096 : 32768 + random() % (structures - 32768);
        image[at] = static_cast<char>(random() % 4 == 0 ? 0xFF : random());
    }
    if (random() % 10 == 0) {
        image.resize(40960 + random() % (image.size() - 40960));
    }
    return image;
}

InjectionPlan full_plan() {
    InjectionPlan plan;
    plan.append = {"a=b"};
    plan.files = {text_file("/boot/grub/new", "x"), text_file("/new/dir/file", "x"), text_file("/many/more", "x"),
                  text_file("/in-initrd", "x", FileTarget::Initrd), text_file("/EFI/x", "x", FileTarget::Efi)};
    return plan;
}

TEST(HostileImages, AreComposedOrRefusedInTime) {
    const std::string original = content_of(small_bootable_iso());
    const InjectionPlan plan = full_plan();
    {
        const auto sound = compose(memory_file(original), base::sha256("base"), plan, {});
        ASSERT_TRUE(sound.ok()) << sound.error().to_string();
    }
    std::mt19937_64 random(4711);
    int made = 0;
    for (int i = 0; i < kMutants; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const auto composition = compose(memory_file(mutate(original, random)), base::sha256("base"), plan, {});
        EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience) << "mutant " << i;
        if (!composition.ok()) {
            EXPECT_NE(composition.error().kind, base::ErrorKind::Internal) << composition.error().to_string();
            continue;
        }
        ++made;
        EXPECT_TRUE(read_manifest(*composition->image).ok());
        EXPECT_LT(composition->image->memory().bytes(), 4U << 20U);
    }
    EXPECT_GT(made, kMutants / 10) << "most mutants should still be readable";
}

TEST(HostileManifests, AreRefused) {
    InjectionPlan plan;
    plan.files = {text_file("/x", "x")};
    plan.unattended = false;
    const std::string out = content_of(composed_file(small_bootable_iso(), plan));
    const std::size_t trailer = out.rfind("ISOLDE-MANIFEST\n");
    ASSERT_NE(trailer, std::string::npos);
    std::mt19937_64 random(5);
    for (int i = 0; i < 100; ++i) {
        std::string mutant = out;
        mutant[trailer + 16 + random() % 48] ^= static_cast<char>(1 + random() % 255);
        const auto manifest = read_manifest(*memory_file(mutant));
        ASSERT_FALSE(manifest.ok());
        EXPECT_EQ(manifest.error().kind, base::ErrorKind::Corrupt);
    }
}

}  // namespace
}  // namespace isolde::vmedia::tests

// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/node/deployment_fields.h"

#include <gtest/gtest.h>

namespace isolde::conductor {
namespace {

using base::ErrorKind;
using base::Json;
using Words = std::vector<std::string>;

const DeployDefaults kDefaults{.kernel_arguments = {"console=ttyS0", "quiet"}};
const char* const kIso = "http://images.example/live.iso";

/// instance_info with a boot_iso and `more`.
Json info(const Json& more = Json::object()) {
    Json value = {{"boot_iso", kIso}};
    value.update(more);
    return value;
}

base::Result<DeploymentFields> read(const Json& instance_info, const Json& driver_info = Json::object()) {
    return read_deployment_fields(instance_info, driver_info, kDefaults);
}

TEST(SplitArguments, SplitsAsTheKernelDoes) {
    struct Row {
        const char* name;
        const char* text;
        Words words;
    };
    const std::vector<Row> rows{
        {"empty", "", {}},
        {"only blanks", " \t\n ", {}},
        {"runs of blanks", "  a  b\tc\n", {"a", "b", "c"}},
        {"quotes group and stay", R"(dyndbg="file a.c +p" b)", {R"(dyndbg="file a.c +p")", "b"}},
        {"quotes around the whole", R"("a b" c)", {R"("a b")", "c"}},
        {"single quotes do not group", "a='b c'", {"a='b", "c'"}},
        {"an open quote takes the rest", R"(a "b c)", {"a", "\"b c"}},
    };
    for (const auto& row : rows) EXPECT_EQ(split_arguments(row.text), row.words) << row.name;
}

TEST(DeploymentFields, ReadAllThatIsGiven) {
    const auto fields = read(info({{"boot_iso_checksum", "sha256:" + std::string(64, 'A')},
                                   {"ramdisk_kernel_arguments", "a=1 b"},
                                   {"kernel_append_params", "%default% c"},
                                   {"kernel_remove_params", {"splash", "console=tty0"}},
                                   {"one_shot", "True"},
                                   {"one_shot_release", "boot"},
                                   {"one_shot_idle", "10min"},
                                   {"attended", 1},
                                   {"boot_mode", "UEFI"},
                                   {"force_persistent_boot_device", "Always"}}),
                             {{"external_http_url", "http://192.0.2.1:6180/"}})
                            .value();
    EXPECT_EQ(fields.boot_iso, kIso);
    EXPECT_EQ(fields.boot_iso_checksum->hex(), std::string(64, 'a'));
    EXPECT_EQ(fields.append, (Words{"a=1", "b", "console=ttyS0", "quiet", "c"}));
    EXPECT_EQ(fields.remove, (Words{"splash", "console=tty0"}));
    EXPECT_TRUE(fields.one_shot);
    EXPECT_EQ(fields.one_shot_release, OneShotRelease::Boot);
    EXPECT_EQ(fields.one_shot_idle, std::chrono::minutes(10));
    EXPECT_TRUE(fields.attended);
    EXPECT_EQ(fields.boot_mode, "uefi");
    EXPECT_TRUE(fields.boot_persistent);
    EXPECT_EQ(fields.external_http_url, "http://192.0.2.1:6180");
}

TEST(DeploymentFields, TakeDefaultsForWhatIsAbsent) {
    const auto fields = read(info()).value();
    EXPECT_FALSE(fields.boot_iso_checksum.has_value());
    EXPECT_EQ(fields.append, kDefaults.kernel_arguments);
    EXPECT_FALSE(fields.one_shot || fields.attended || fields.boot_persistent);
    EXPECT_FALSE(fields.one_shot_idle.has_value());
    EXPECT_EQ(fields.boot_mode, "");
    const DeployDefaults others{.one_shot = true, .boot_persistent = true, .boot_mode = "bios"};
    const auto changed = read_deployment_fields(info(), Json::object(), others).value();
    EXPECT_TRUE(changed.one_shot && changed.boot_persistent);
    EXPECT_EQ(changed.boot_mode, "bios");
    EXPECT_FALSE(read_deployment_fields(info({{"one_shot", false}}), Json::object(), others)->one_shot);
    EXPECT_EQ(read_deployment_fields(info({{"boot_mode", "uefi"}}), Json::object(), others)->boot_mode, "uefi");
    EXPECT_EQ(provenance_of(info(), Json::object(), others).at("boot_mode"), "[deploy]");
}

TEST(DeploymentFields, TakeArgumentsInEveryForm) {
    struct Row {
        const char* name;
        Json more;
        Words append;
    };
    const std::vector<Row> rows{
        {"absent: the defaults", Json::object(), {"console=ttyS0", "quiet"}},
        {"null: as absent", {{"kernel_append_params", nullptr}}, {"console=ttyS0", "quiet"}},
        {"empty: none", {{"kernel_append_params", ""}}, {}},
        {"a string replaces the defaults", {{"kernel_append_params", "a b"}}, {"a", "b"}},
        {"a list", {{"kernel_append_params", {"a", "b=\"c d\""}}}, {"a", "b=\"c d\""}},
        {"%default% in a list", {{"kernel_append_params", {"a", "%default%"}}}, {"a", "console=ttyS0", "quiet"}},
        {"the ramdisk's come first", {{"ramdisk_kernel_arguments", "r"}}, {"r", "console=ttyS0", "quiet"}},
    };
    for (const auto& row : rows) {
        const auto fields = read(info(row.more));
        ASSERT_TRUE(fields.ok()) << row.name;
        EXPECT_EQ(fields->append, row.append) << row.name;
    }
}

TEST(DeploymentFields, ReadWhatEditsTheImage) {
    const auto fields = read(info({{"kernel_replace_params", "console=ttyS1 root=LABEL=x"},
                                   {"boot_entries", {"Install*", "Rescue a system"}},
                                   {"default_boot_entry", "Install now"},
                                   {"delete_files", {"/md5sum.txt", "/pool"}},
                                   {"presets", {{{"kind", "kickstart"}, {"content", "text\n"}}}}}))
                            .value();
    EXPECT_EQ(fields.replace, (Words{"console=ttyS1", "root=LABEL=x"}));
    EXPECT_EQ(fields.boot_entries, (Words{"Install*", "Rescue a system"}));
    EXPECT_EQ(fields.default_boot_entry, "Install now");
    EXPECT_EQ(fields.delete_files, (Words{"/md5sum.txt", "/pool"}));
    ASSERT_EQ(fields.presets.size(), 1U);
    EXPECT_EQ(fields.presets[0].kind, PresetKind::Kickstart);
    EXPECT_EQ(read(info({{"boot_entries", "Rescue a system"}}))->boot_entries, Words{"Rescue a system"});
    EXPECT_TRUE(read(info({{"default_boot_entry", ""}, {"boot_entries", nullptr}}))->boot_entries.empty());
}

TEST(DeploymentFields, KeepTheLimitOfAllThatIsInline) {
    Json files = Json::array();
    for (int i = 0; i < 4; ++i) {
        files.push_back({{"path", "/" + std::to_string(i)}, {"content", std::string(kLargestInjectedFile, 'x')}});
    }
    EXPECT_TRUE(read(info({{"inject_files", files}})).ok());
    const auto refused = read(info({{"inject_files", files}, {"presets", {{{"kind", "preseed"}, {"content", "x"}}}}}));
    EXPECT_EQ(refused.error().kind, ErrorKind::Exhausted);
}

TEST(DeploymentFields, TakePersistenceFromInstanceThenDriver) {
    struct Row {
        const char* name;
        Json instance;
        Json driver;
        bool fallback;
        bool persistent;
    };
    const auto said = [](const Json& value) { return Json{{"force_persistent_boot_device", value}}; };
    const std::vector<Row> rows{
        {"nothing said, once", Json::object(), Json::object(), false, false},
        {"nothing said, persistent", Json::object(), Json::object(), true, true},
        {"Default means the setting", Json::object(), said("Default"), true, true},
        {"Always of the driver", Json::object(), said("Always"), false, true},
        {"never in lower case", Json::object(), said("never"), true, false},
        {"true as older clients say", Json::object(), said(true), false, true},
        {"False as text", Json::object(), said("False"), true, false},
        {"the instance wins", said("Never"), said("Always"), true, false},
        {"the instance's Default wins too", said("Default"), said("Always"), false, false},
    };
    for (const auto& row : rows) {
        const auto fields =
            read_deployment_fields(info(row.instance), row.driver, DeployDefaults{.boot_persistent = row.fallback});
        ASSERT_TRUE(fields.ok()) << row.name;
        EXPECT_EQ(fields->boot_persistent, row.persistent) << row.name;
    }
}

TEST(DeploymentFields, TakeEmptyWaysToSayNothing) {
    for (const Json& nothing : {Json(nullptr), Json::object(), Json::array(), Json(""), Json("null")}) {
        for (const char* name : {"configdrive", "media", "image_source", "kernel", "ramdisk", "image_props_override"}) {
            EXPECT_TRUE(read(info({{name, nothing}})).ok()) << name << " " << nothing;
        }
    }
}

const Json kKernelInfo = {{"kernel", "http://x/vmlinuz"}, {"ramdisk", "http://x/initrd"}};

/// kKernelInfo and `more`.
Json kernel_info(const Json& more) {
    Json value = kKernelInfo;
    value.update(more);
    return value;
}

TEST(DeploymentFields, TakeAKernelAndARamdiskInPlaceOfAnIso) {
    const auto fields = read(kernel_info({{"boot_iso", ""},
                                          {"ramdisk_checksum", "sha256:" + std::string(64, 'A')},
                                          {"bootloader", "file:///srv/esp.img"},
                                          {"bootloader_checksum", "sha256:" + std::string(64, 'b')}}))
                            .value();
    EXPECT_EQ(fields.boot_iso, "");
    ASSERT_TRUE(fields.kernel.has_value());
    EXPECT_EQ(fields.kernel->kernel.url, "http://x/vmlinuz");
    EXPECT_FALSE(fields.kernel->kernel.checksum.has_value());
    EXPECT_EQ(fields.kernel->ramdisk.url, "http://x/initrd");
    EXPECT_EQ(fields.kernel->ramdisk.checksum->hex(), std::string(64, 'a'));
    EXPECT_EQ(fields.kernel->bootloader->url, "file:///srv/esp.img");
    EXPECT_EQ(fields.kernel->bootloader->checksum->hex(), std::string(64, 'b'));
    EXPECT_TRUE(check_request_fields(kKernelInfo).ok());
}

TEST(DeploymentFields, TakeTheDriversBootloaderForAKernelOnly) {
    const Json driver = {{"bootloader", "http://x/esp.img"}};
    EXPECT_EQ(read(kKernelInfo, driver)->kernel->bootloader->url, "http://x/esp.img");
    EXPECT_EQ(read(kernel_info({{"bootloader", "http://x/own.img"}}), driver)->kernel->bootloader->url,
              "http://x/own.img");
    EXPECT_FALSE(read(info(), driver)->kernel.has_value());
    EXPECT_TRUE(read(info(), {{"bootloader", "an image id"}}).ok()) << "nothing here depends on it";
    EXPECT_EQ(provenance_of(kKernelInfo, driver, kDefaults)["bootloader"], "driver_info");
    EXPECT_FALSE(provenance_of(info(), driver, kDefaults).contains("bootloader"));
}

TEST(DeploymentFields, DropTheMediumsChecksumsUnlessTheyAreKept) {
    EXPECT_FALSE(read(info())->keep_media_check);
    EXPECT_FALSE(read(info({{"media_check", "drop"}}))->keep_media_check);
    EXPECT_TRUE(read(info({{"media_check", "keep"}}))->keep_media_check);
    EXPECT_NE(read(info({{"media_check", "yes"}})).error().to_string().find("instance_info/media_check"),
              std::string::npos);
}

struct Refusal {
    const char* name;
    Json instance;
    Json driver;
    ErrorKind kind;
    const char* text;  ///< part of the error
};

void expect_refusal(const Refusal& row) {
    SCOPED_TRACE(row.name);
    const auto fields = read(row.instance, row.driver);
    ASSERT_FALSE(fields.ok());
    EXPECT_EQ(fields.error().kind, row.kind);
    EXPECT_NE(fields.error().to_string().find(row.text), std::string::npos) << fields.error().to_string();
}

TEST(DeploymentFields, RefuseByNameWhatThisVersionCannotDo) {
    const auto unsupported = [](const char* name, const Json& value, const char* text) {
        return Refusal{name, info({{name, value}}), Json::object(), ErrorKind::Unsupported, text};
    };
    for (const auto& row : {
             unsupported("configdrive", "ftp://x/drive",
                         "instance_info/configdrive must be an http, https or file URL"),
             unsupported("media", {{{"role", "drivers"}, {"source", "volume:x"}}}, "instance_info/media/0/source"),
             unsupported("image_source", "http://x/disk.qcow2", "boot_iso"),
             unsupported("image_props_override", {{"format", "raw"}}, "image_props_override"),
             unsupported("boot_iso", "9f3b6e2a-0f6e-4b36-a1a5-3f4d1f9f6a11", "image ids"),
             unsupported("boot_iso", "glance://9f3b", "not glance://"),
             unsupported("boot_iso", "nfs://server/live.iso", "not nfs://"),
         }) {
        expect_refusal(row);
    }
}

TEST(DeploymentFields, NameTheFieldThatIsWrong) {
    const auto wrong = [](const char* name, const Json& more, const char* text,
                          ErrorKind kind = ErrorKind::InvalidArgument) {
        return Refusal{name, info(more), Json::object(), kind, text};
    };
    const Json none = Json::object();
    const std::vector<Refusal> rows{
        {"no boot_iso", none, none, ErrorKind::InvalidArgument, "instance_info/boot_iso is missing"},
        {"an empty boot_iso",
         {{"boot_iso", ""}},
         none,
         ErrorKind::InvalidArgument,
         "instance_info/boot_iso is missing"},
        {"not an object", Json::array(), none, ErrorKind::InvalidArgument, "instance_info must be an object"},
        {"driver_info not an object", info(), "x", ErrorKind::InvalidArgument, "driver_info must be an object"},
        wrong("boot_iso of another type", {{"boot_iso", 7}}, "instance_info/boot_iso must be a string"),
        wrong("a blank in the URL", {{"boot_iso", "http://x/a b.iso"}}, "instance_info/boot_iso has a blank"),
        wrong("nothing behind the scheme", {{"boot_iso", "http://"}}, "names nothing"),
        wrong("a long URL", {{"boot_iso", "http://x/" + std::string(4096, 'a')}}, "longer than 4096"),
        wrong("md5", {{"boot_iso_checksum", "md5:abc"}}, "instance_info/boot_iso_checksum"),
        wrong("arguments as a number", {{"kernel_append_params", 5}},
              "kernel_append_params must be a string or an array"),
        wrong("an open quote", {{"kernel_append_params", "a=\"b"}}, "kernel_append_params has a double quote"),
        wrong("a control character", {{"ramdisk_kernel_arguments", "a\x01"}}, "ramdisk_kernel_arguments has a control"),
        wrong("two words in an item", {{"kernel_append_params", {"ok", "a b"}}},
              "kernel_append_params/1 is not one argument"),
        wrong("an empty item", {{"kernel_remove_params", {""}}}, "kernel_remove_params/0 is not one argument"),
        wrong("%default% inside a word", {{"kernel_append_params", "x=%default%"}}, "%default% must be a word"),
        wrong("a replacement without value", {{"kernel_replace_params", {"a=1", "quiet"}}},
              "kernel_replace_params/1 must be KEY=VALUE"),
        wrong("a replacement without key", {{"kernel_replace_params", "=1"}}, "kernel_replace_params/0 must be"),
        wrong("entries as a number", {{"boot_entries", 3}}, "instance_info/boot_entries"),
        wrong("an entry without a name", {{"boot_entries", {"a", ""}}}, "boot_entries/1 must be a boot entry's title"),
        wrong("a default with a control character", {{"default_boot_entry", "a\n"}}, "default_boot_entry must be"),
        wrong("a relative path to delete", {{"delete_files", {"/a", "b"}}}, "delete_files/1 must be absolute"),
        wrong("the root to delete", {{"delete_files", {"/"}}}, "delete_files/0 has an empty"),
        wrong("a path to delete twice", {{"delete_files", {"/a", "/a"}}}, "delete_files names /a twice"),
        wrong("too many paths to delete", {{"delete_files", Json(257, "/a")}}, "delete_files has more",
              ErrorKind::Exhausted),
        wrong("presets in no list", {{"presets", {{"kind", "preseed"}}}}, "instance_info/presets must be an array"),
        wrong("an unknown role", {{"media", {{{"role", "boot"}, {"source", "http://x/a"}}}}}, "media/0/role must be"),
        wrong("a role twice",
              {{"media", {{{"role", "data"}, {"source", "http://x/a"}}, {{"role", "data"}, {"source", "http://x/b"}}}}},
              "media/1/role: there is a data medium already"),
        wrong("a medium without source", {{"media", {{{"role", "data"}}}}}, "media/0/source is missing"),
        wrong("a medium with md5", {{"media", {{{"role", "data"}, {"source", "http://x/a"}, {"checksum", "md5:a"}}}}},
              "media/0/checksum"),
        wrong("two config drives",
              {{"configdrive", {{"user_data", "x"}}}, {"media", {{{"role", "config"}, {"source", "http://x/a"}}}}},
              "instance_info/media has a config medium"),
        wrong("a config drive behind the release of its medium",
              {{"configdrive", {{"user_data", "x"}}}, {"one_shot", true}, {"one_shot_release", "boot"}},
              "instance_info/one_shot_release"),
        wrong("too many arguments", {{"kernel_append_params", std::string(2048, 'a')}}, "2048", ErrorKind::Exhausted),
        wrong("one_shot as a word", {{"one_shot", "maybe"}}, "instance_info/one_shot must be true or false"),
        wrong("an unknown release rule", {{"one_shot_release", "never"}}, "one_shot_release"),
        wrong("an idle time of nothing", {{"one_shot_idle", "0s"}}, "one_shot_idle must be at least 1s"),
        wrong("an idle time without unit", {{"one_shot_idle", "10"}}, "one_shot_idle"),
        wrong("a negative idle time", {{"one_shot_idle", -5}}, "one_shot_idle"),
        wrong("a fraction of a second", {{"one_shot_idle", 1.5}}, "one_shot_idle must be an integer"),
        wrong("an unknown boot mode", {{"boot_mode", "legacy"}}, "instance_info/boot_mode must be"),
        wrong("persistence as a word", {{"force_persistent_boot_device", "often"}}, "instance_info/force_persistent"),
        {"a media URL without scheme",
         info(),
         {{"external_http_url", "192.0.2.1"}},
         ErrorKind::InvalidArgument,
         "driver_info/external_http_url must be"},
    };
    for (const auto& row : rows) expect_refusal(row);
}

TEST(DeploymentFields, NameWhatIsWrongWithAKernel) {
    const Json none = Json::object();
    constexpr auto kInvalid = ErrorKind::InvalidArgument;
    const std::string digest = "sha256:" + std::string(64, 'a');
    const std::vector<Refusal> rows{
        {"an ISO too", info(kKernelInfo), none, kInvalid, "instance_info has boot_iso, and kernel and ramdisk"},
        {"no ramdisk", {{"kernel", "http://x/k"}}, none, kInvalid, "instance_info/ramdisk is missing"},
        {"no kernel", {{"ramdisk", "http://x/r"}}, none, kInvalid, "instance_info/kernel is missing"},
        {"a bootloader for an ISO", info({{"bootloader", "http://x/e"}}), none, kInvalid,
         "instance_info/bootloader is"},
        {"a checksum of nothing", info({{"kernel_checksum", digest}}), none, kInvalid,
         "instance_info/kernel_checksum is"},
        {"an ISO's checksum", kernel_info({{"boot_iso_checksum", digest}}), none, kInvalid,
         "boot_iso_checksum is given"},
        {"md5", kernel_info({{"ramdisk_checksum", "md5:a"}}), none, kInvalid, "instance_info/ramdisk_checksum"},
        {"an image id", kernel_info({{"kernel", "9f3b6e2a"}}), none, ErrorKind::Unsupported,
         "instance_info/kernel must"},
        {"the driver's image id",
         kKernelInfo,
         {{"bootloader", "9f3b"}},
         ErrorKind::Unsupported,
         "driver_info/bootloader"},
        {"a number", kernel_info({{"kernel", 5}}), none, kInvalid, "instance_info/kernel must be a string"},
    };
    for (const auto& row : rows) expect_refusal(row);
}

TEST(DeploymentFields, TakeIdleTimeAsSeconds) {
    EXPECT_EQ(read(info({{"one_shot_idle", 90}}))->one_shot_idle, std::chrono::seconds(90));
}

TEST(DeploymentFields, TolerateNotesOfIronicsClients) {
    const auto fields = read(
        info({{"capabilities", Json::object()}, {"root_device", {{"name", "/dev/sda"}}}, {"somebodys_own_note", 7}}));
    EXPECT_TRUE(fields.ok());
}

TEST(DeploymentFields, NeverShowAValueThatMayBeSecret) {
    const Json secret = {{"kernel_append_params", "password=hunter2 \""},
                         {"inject_files", {{{"path", "/a"}, {"content_base64", "hunter2"}}}}};
    EXPECT_EQ(read(info(secret)).error().to_string().find("hunter2"), std::string::npos);
    const auto files = read(info({{"inject_files", secret["inject_files"]}}));
    EXPECT_EQ(files.error().to_string().find("hunter2"), std::string::npos);
    const auto url = read({{"boot_iso", "ftp://user:hunter2@host/x.iso"}});
    EXPECT_EQ(url.error().to_string().find("hunter2"), std::string::npos);
}

TEST(RequestFields, AreAllOurs) {
    EXPECT_TRUE(check_request_fields(info({{"one_shot", true}, {"configdrive", nullptr}})).ok());
    EXPECT_EQ(check_request_fields(info({{"one_shoot", true}})).error().message,
              "\"one_shoot\" is not a field of a deployment");
    EXPECT_EQ(check_request_fields(info({{"capabilities", {}}})).error().kind, ErrorKind::InvalidArgument);
    EXPECT_EQ(check_request_fields(info({{"image_source", "x"}})).error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(check_request_fields(Json::array()).error().kind, ErrorKind::InvalidArgument);
}

TEST(KnownFields, SayWhatToUseInsteadOfWhatIsRefused) {
    std::size_t refused = 0;
    for (const auto& field : instance_info_fields()) {
        EXPECT_EQ(field.use == FieldUse::Refused, !field.note.empty()) << field.name;
        refused += field.use == FieldUse::Refused ? 1 : 0;
    }
    EXPECT_EQ(refused, 2U);
    EXPECT_FALSE(driver_info_fields().empty());
}

TEST(Provenance, NamesWhereEachFieldCameFrom) {
    const Json provenance = provenance_of(info({{"one_shot", true}, {"capabilities", {}}, {"boot_mode", nullptr}}),
                                          {{"force_persistent_boot_device", "Default"}}, kDefaults);
    EXPECT_EQ(provenance, (Json{{"boot_iso", "instance_info"},
                                {"one_shot", "instance_info"},
                                {"kernel_append_params", "[deploy]"},
                                {"force_persistent_boot_device", "driver_info"}}));
}

}  // namespace
}  // namespace isolde::conductor

// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pure rules: insert ladder, slots of the vendors, emptiness, echoes, boot bodies, reset types.
#include "bmc/boot_rules.h"
#include "bmc/insert_ladder.h"
#include "bmc/media_rules.h"
#include "bmc/power_rules.h"
#include "bmc/report.h"

#include <gtest/gtest.h>

namespace isolde::bmc {
namespace {

using base::Json;
using Variant = InsertVariant;

constexpr unsigned kProtocol = Variant::TransferProtocolType;
constexpr unsigned kState = Variant::Inserted | Variant::WriteProtected;

redfish::ErrorBody refusal(const std::string& id, const std::string& text, std::vector<std::string> arguments = {},
                           std::vector<std::string> related = {}) {
    return {{redfish::Message{id, text, "", "", std::move(arguments), std::move(related)}}, ""};
}

struct LadderRow {
    std::string name;
    unsigned refused;
    int status;
    redfish::ErrorBody said;
    std::optional<unsigned> next;
};

class InsertLadder : public testing::TestWithParam<LadderRow> {};

TEST_P(InsertLadder, FollowsFromTheComplaint) {
    const auto& row = GetParam();
    const auto next = next_variant({Variant(row.refused)}, row.status, row.said);
    ASSERT_EQ(next.has_value(), row.next.has_value());
    if (next) {
        EXPECT_EQ(*next, Variant(*row.next));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, InsertLadder,
    testing::Values(
        LadderRow{"AmiAsksForTheProtocol", 0, 400,
                  refusal("Base.1.5.PropertyMissing", "A required property is missing", {"TransferProtocolType"}),
                  kProtocol},
        LadderRow{"XfusionAsksForTheProtocol", 0, 400,
                  refusal("Base.1.0.ActionParameterMissing", "", {}, {"#/TransferProtocolType"}), kProtocol},
        LadderRow{"MissingWithoutAName", 0, 400, refusal("Base.1.0.ActionParameterMissing", ""), kProtocol},
        LadderRow{"DgxAsksForAUserInFreeText", 0, 400,
                  refusal("", "The action InsertMedia requires the parameter UserName to be present"),
                  Variant::Credentials},
        LadderRow{"AsksForTheMethod", 0, 400,
                  refusal("Base.1.5.ActionParameterMissing", "", {"InsertMedia", "TransferMethod"}),
                  Variant::TransferMethod},
        LadderRow{"SupermicroRefusesReadOnlyState", kState, 400,
                  refusal("Base.1.4.PropertyNotWritable", "is a read only property", {"Inserted"},
                          {"#/Inserted", "#/WriteProtected"}),
                  0U},
        LadderRow{"LenovoWantsInserted", 0, 400,
                  refusal("Base.1.6.PropertyMissing", "The property Inserted is a required property", {"Inserted"}),
                  Variant::Inserted},
        LadderRow{"IloRefusesInserted", kState, 400, refusal("Base.1.4.PropertyUnknown", "", {"Inserted"}),
                  Variant::WriteProtected},
        LadderRow{"OpenBmcDoesNotSupportTheMethod", Variant::TransferMethod, 400,
                  refusal("Base.1.9.ActionParameterNotSupported", "", {"TransferMethod", "InsertMedia"}), 0U},
        LadderRow{"NothingSaidAtAll", 0, 400, {}, kProtocol},
        LadderRow{"OnlyGeneralError", 0, 400, refusal("Base.1.8.GeneralError", "A general error has occurred."),
                  kProtocol},
        LadderRow{"UnsupportedMediaType", 0, 415, {}, kProtocol},
        LadderRow{"IdracCannotFetch", 0, 400,
                  refusal("IDRAC.2.8.RAC0720", "Unable to locate the ISO or IMG image file or folder"), std::nullopt},
        LadderRow{
            "OpenBmcRefusesTheScheme", 0, 400,
            refusal("Base.1.9.ResourceAtUriInUnknownFormat", "The resource at the image URI is in a format unknown"),
            std::nullopt},
        LadderRow{"InternalErrorIsNotAboutParameters", 0, 500, refusal("Base.1.8.InternalError", "failed"),
                  std::nullopt},
        LadderRow{"InternalErrorThatNamesAParameter", 0, 500,
                  refusal("Base.1.8.GeneralError", "missing TransferProtocolType"), kProtocol},
        LadderRow{"LicenceIsNotAboutParameters", 0, 403, refusal("SMC.1.0.OemLicenseNotPassed", ""), std::nullopt},
        LadderRow{"NoSuchSlot", 0, 404, {}, std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(InsertLadder, TriesNoVariantTwiceAndEnds) {
    std::vector<Variant> tried{Variant()};
    while (const auto next = next_variant(tried, 400, {})) {
        ASSERT_EQ(std::count(tried.begin(), tried.end(), *next), 0);
        tried.push_back(*next);
    }
    EXPECT_EQ(tried.size(), 5U);
}

TEST(InsertBody, CarriesExactlyTheParametersOfItsVariant) {
    EXPECT_EQ(insert_body(Variant(), "http://h/a.iso"), Json({{"Image", "http://h/a.iso"}}));
    const auto full = Variant(kProtocol | kState | Variant::TransferMethod | Variant::Credentials);
    EXPECT_EQ(insert_body(full, "https://h/a.iso"), Json({{"Image", "https://h/a.iso"},
                                                          {"TransferProtocolType", "HTTPS"},
                                                          {"TransferMethod", "Stream"},
                                                          {"UserName", "none"},
                                                          {"Password", "none"},
                                                          {"Inserted", true},
                                                          {"WriteProtected", true}}));
}

TEST(InsertBegin, TakesWhatActionInfoRequires) {
    EXPECT_EQ(first_action_variant({}), Variant());
    EXPECT_EQ(first_action_variant({{"Image", true, {}}, {"TransferProtocolType", true, {}}, {"Inserted", false, {}}}),
              Variant(kProtocol));
    EXPECT_TRUE(offers_protocol({}, "http://h/a.iso"));
    EXPECT_TRUE(offers_protocol({"NFS", "http"}, "http://h/a.iso"));
    EXPECT_FALSE(offers_protocol({"NFS", "CIFS", "HTTPS"}, "http://h/a.iso"));
}

TEST(InsertBusy, IsToldInManyWays) {
    EXPECT_TRUE(says_busy(409, {}));
    EXPECT_TRUE(says_busy(500, refusal("IDRAC.1.6.RAC0904", "Virtual Media devices are already in use.")));
    EXPECT_TRUE(says_busy(400, refusal("iBMC.1.0.ConnectionOccupied", "")));
    EXPECT_FALSE(says_busy(400, refusal("Base.1.0.PropertyMissing", "")));
    EXPECT_FALSE(says_busy(204, {}));
}

redfish::FoundSlot slot_from(const Json& body, bool of_system = false, bool allows_patch = true) {
    redfish::FoundSlot slot;
    slot.resource = {"/vm/" + body.value("Id", ""), body, "", allows_patch};
    slot.media = redfish::read_virtual_media(body, slot.resource.path);
    slot.of_system = of_system;
    return slot;
}

Json with_action(Json body) {
    body["Actions"]["#VirtualMedia.InsertMedia"]["target"] = "/vm/insert";
    body["Actions"]["#VirtualMedia.EjectMedia"]["target"] = "/vm/eject";
    return body;
}

Json slot_body(const std::string& id, Json types) {
    return {{"Id", id}, {"MediaTypes", std::move(types)}, {"Image", nullptr}, {"Inserted", false}};
}

Json proxy_slot(const std::string& id) {
    Json body = slot_body(id, {"CD", "USBStick"});
    body["Actions"]["#VirtualMedia.EjectMedia"]["target"] = "/vm/eject";
    return body;
}

struct VendorRow {
    std::string name;
    Product product;
    std::vector<redfish::FoundSlot> slots;
    std::string chosen;  ///< Id of the boot slot
};

std::vector<VendorRow> vendor_rows() {
    return {
        {"Idrac9OldHasNamedSlots",
         {"Dell", "14G Monolithic", ""},
         {slot_from(with_action(slot_body("RemovableDisk", {"USBStick"}))),
          slot_from(with_action(slot_body("CD", {"CD", "DVD"})))},
         "CD"},
        {"Idrac10BootsOnlySlotOne",
         {"Dell", "17G Monolithic", ""},
         {slot_from(with_action(slot_body("2", {"CD", "DVD", "USBStick"})), true),
          slot_from(with_action(slot_body("1", {"CD", "DVD", "USBStick"})), true)},
         "1"},
        {"XccTakesOnlyExtSlotsAndByPatch",
         {"Lenovo", "Lenovo XClarity Controller", ""},
         {slot_from(slot_body("RDOC1", {"CD"})), slot_from(slot_body("Remote1", {"CD"})),
          slot_from(slot_body("EXT1", {"CD"}))},
         "EXT1"},
        {"SupermicroStaleImageIsEmpty",
         {"Supermicro", "", "X12"},
         {slot_from(with_action({{"Id", "VirtualMedia1"},
                                 {"MediaTypes", {"CD", "DVD"}},
                                 {"Image", "http://old/x.iso"},
                                 {"ConnectedVia", "NotConnected"},
                                 {"Inserted", false}})),
          slot_from(with_action({{"Id", "VirtualMedia2"},
                                 {"MediaTypes", {"CD", "DVD"}},
                                 {"Image", "http://x/y.iso"},
                                 {"ConnectedVia", "URI"},
                                 {"Inserted", true}}))},
         "VirtualMedia1"},
        {"OpenBmcProxySlotIsPassedOver",
         {"OpenBMC", "", ""},
         {slot_from(proxy_slot("Slot_2")), slot_from(with_action(slot_body("Slot_0", {"CD", "USBStick"})))},
         "Slot_0"},
        {"CiscoOffersDvdOnly",
         {"Cisco Systems Inc.", "", ""},
         {slot_from(slot_body("KVM", {"DVD"}), false, false), slot_from(with_action(slot_body("3", {"DVD"})))},
         "3"},
        {"CdBeforeDvd",
         {"", "", ""},
         {slot_from(with_action(slot_body("dvd", {"DVD"}))), slot_from(with_action(slot_body("cd", {"CD"})))},
         "cd"},
        {"SystemsBeforeManagersAsFound",
         {"", "", ""},
         {slot_from(with_action(slot_body("system", {"CD"})), true),
          slot_from(with_action(slot_body("manager", {"CD"})))},
         "system"},
        {"Ilo4WithoutActionIsPatched",
         {"Hp", "iLO 4", ""},
         {slot_from(slot_body("1", {"Floppy", "USBStick"})), slot_from(slot_body("2", {"CD", "DVD"}))},
         "2"},
    };
}

class VendorSlots : public testing::TestWithParam<VendorRow> {};

TEST_P(VendorSlots, ChoosesTheOneThatBoots) {
    const auto ordered = in_order(GetParam().slots, quirks_of(GetParam().product));
    EXPECT_EQ(ordered.size(), GetParam().slots.size());
    const auto chosen = choose_boot_slot(ordered);
    ASSERT_TRUE(chosen.ok()) << chosen.error().to_string();
    EXPECT_EQ(chosen->id.str(), "/vm/" + GetParam().chosen);
    EXPECT_TRUE(chosen->image.empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, VendorSlots, testing::ValuesIn(vendor_rows()),
                         [](const auto& row) { return row.param.name; });

struct EmptyRow {
    std::string name;
    std::string vendor;
    Json body;
    bool empty;
};

class Emptiness : public testing::TestWithParam<EmptyRow> {};

TEST_P(Emptiness, IsToldByInsertedAndImage) {
    const auto media = redfish::read_virtual_media(GetParam().body, "/vm/1");
    EXPECT_EQ(is_empty(media, quirks_of({GetParam().vendor, "", ""})), GetParam().empty);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Emptiness,
    testing::Values(EmptyRow{"AllNull", "", {{"Image", nullptr}, {"Inserted", nullptr}}, true},
                    EmptyRow{"EmptyText", "", {{"Image", ""}, {"Inserted", false}}, true},
                    EmptyRow{"NothingSaid", "", Json::object(), true},
                    EmptyRow{"Inserted", "", {{"Image", "http://h/a.iso"}, {"Inserted", true}}, false},
                    EmptyRow{"InsertedWithoutImage", "", {{"Image", nullptr}, {"Inserted", true}}, false},
                    EmptyRow{"ImageButNotInserted", "", {{"Image", "http://h/a"}, {"Inserted", false}}, false},
                    EmptyRow{"DisconnectedElsewhere",
                             "Dell",
                             {{"Image", "http://h/a"}, {"ConnectedVia", "NotConnected"}, {"Inserted", false}},
                             false},
                    EmptyRow{"DisconnectedSupermicro",
                             "Supermicro",
                             {{"Image", "http://h/a"}, {"ConnectedVia", "NotConnected"}, {"Inserted", false}},
                             true},
                    EmptyRow{"InsertedSupermicro",
                             "Supermicro",
                             {{"Image", "http://h/a"}, {"ConnectedVia", "NotConnected"}, {"Inserted", true}},
                             false}),
    [](const auto& row) { return row.param.name; });

struct EchoRow {
    std::string name;
    std::string shown;
    bool ours;
};

class ImageEcho : public testing::TestWithParam<EchoRow> {};

TEST_P(ImageEcho, IsRecognised) {
    EXPECT_EQ(same_image(GetParam().shown, "http://192.0.2.1:6180/m/abc/boot.iso"), GetParam().ours);
}

INSTANTIATE_TEST_SUITE_P(Rows, ImageEcho,
                         testing::Values(EchoRow{"Exact", "http://192.0.2.1:6180/m/abc/boot.iso", true},
                                         EchoRow{"PortDropped", "http://192.0.2.1/m/abc/boot.iso", true},
                                         EchoRow{"Encoded", "http://192.0.2.1:6180/m%2Fabc/boot%2eiso", true},
                                         EchoRow{"OtherCase", "HTTP://192.0.2.1:6180/M/ABC/BOOT.ISO", true},
                                         EchoRow{"OtherPort", "http://192.0.2.1:80/m/abc/boot.iso", false},
                                         EchoRow{"OtherToken", "http://192.0.2.1:6180/m/abd/boot.iso", false},
                                         EchoRow{"OtherHost", "http://192.0.2.2:6180/m/abc/boot.iso", false},
                                         EchoRow{"Empty", "", false}, EchoRow{"BrokenEncoding", "%", false}),
                         [](const auto& row) { return row.param.name; });

TEST(ImageEcho, KnowsBracketedAddresses) {
    EXPECT_TRUE(same_image("http://[2001:db8::1]/a.iso", "http://[2001:db8::1]:6180/a.iso"));
    EXPECT_FALSE(same_image("http://[2001:db8::2]/a.iso", "http://[2001:db8::1]:6180/a.iso"));
}

redfish::Boot boot_with(std::vector<std::string> targets, const std::string& mode = "UEFI") {
    return {"Disabled", "None", mode, std::move(targets), true};
}

TEST(BootTarget, FollowsProductThenListThenStandard) {
    const Quirks none;
    const Quirks supermicro = quirks_of({"Supermicro", "", "SYS-620U"});
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({"None", "Cd"}), none), "Cd");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({}), none), "Cd");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({"None", "UsbCd"}), none), "UsbCd");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({"Pxe", "Usb"}), none), "Usb");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({"Cd", "UsbCd"}), supermicro), "UsbCd");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({"Cd"}), supermicro), "Cd");
    EXPECT_EQ(boot_target(BootDevice::Cd, boot_with({}), quirks_of({"Supermicro", "", "ARS-111GL-NHR"})), "Cd");
    EXPECT_EQ(boot_target(BootDevice::Disk, boot_with({}), none), "Hdd");
}

TEST(BootBodies, BeginMinimalAndEndFull) {
    const BootWish wish{"Cd", "Once", ""};
    const auto bodies = boot_bodies(wish, boot_with({}), {});
    ASSERT_EQ(bodies.size(), 2U);
    EXPECT_EQ(bodies[0].dump(), R"({"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"Cd"}})");
    EXPECT_EQ(bodies[1]["Boot"]["BootSourceOverrideMode"], "UEFI");
    EXPECT_EQ(boot_bodies(wish, boot_with({}), quirks_of({"AMI", "", ""})).front(), bodies[1]);
}

TEST(BootBodies, SendTheModeOnlyWhenItDiffers) {
    const auto same = boot_bodies({"Cd", "Once", "UEFI"}, boot_with({}, "UEFI"), {});
    EXPECT_FALSE(same.front()["Boot"].contains("BootSourceOverrideMode"));
    const auto other = boot_bodies({"Cd", "Once", "UEFI"}, boot_with({}, "Legacy"), {});
    EXPECT_EQ(other.front()["Boot"]["BootSourceOverrideMode"], "UEFI");
}

TEST(BootReadBack, AcceptsContinuousButNotDisabled) {
    const BootWish wish{"Cd", "Once", ""};
    EXPECT_TRUE(shows_wish({"Once", "Cd", "", {}, true}, wish));
    EXPECT_TRUE(shows_wish({"Continuous", "Cd", "", {}, true}, wish));
    EXPECT_FALSE(shows_wish({"Disabled", "Cd", "", {}, true}, wish));
    EXPECT_FALSE(shows_wish({"Once", "Hdd", "", {}, true}, wish));
    EXPECT_TRUE(shows_cleared({"Disabled", "Cd", "", {}, true}));
    EXPECT_FALSE(to_override({"Disabled", "Cd", "", {}, true}).active);
    EXPECT_EQ(to_override({"Continuous", "UsbCd", "", {}, true}).device, BootDevice::Cd);
}

TEST(ResetTypes, PreferWhatIsListedButNeverStopAtIt) {
    EXPECT_EQ(reset_types(PowerAction::On, {}), (std::vector<std::string>{"On", "ForceOn"}));
    EXPECT_EQ(reset_types(PowerAction::On, {"ForceOn"}), (std::vector<std::string>{"ForceOn", "On"}));
    EXPECT_EQ(reset_types(PowerAction::ForceOff, {"GracefulShutdownGracefulRestart"}),
              (std::vector<std::string>{"ForceOff"}));
    EXPECT_EQ(reset_types(PowerAction::SoftOff, {}), (std::vector<std::string>{"GracefulShutdown"}));
    EXPECT_EQ(read_power("PoweringOff"), Power::Unknown);
    EXPECT_EQ(read_power("on"), Power::On);
}

Capabilities probed() {
    Capabilities found;
    found.identity = "u-1";
    found.vendor = "Dell\x1b[31m";
    found.system = "/redfish/v1/Systems/1";
    found.power = Power::Off;
    found.boot_devices = {BootDevice::Cd, BootDevice::Disk};
    found.slots = {to_media_slot(slot_from(with_action(slot_body("1", {"CD"}))), {}),
                   to_media_slot(slot_from(proxy_slot("2")), {})};
    return found;
}

TEST(ProbeReport, MarksTheBootSlotAndIsPrintable) {
    const std::string text = render_probe(probed());
    EXPECT_NE(text.find("Vendor        Dell [31m\n"), std::string::npos) << text;
    EXPECT_NE(text.find("/vm/1  1     cd      boot slot   empty\n"), std::string::npos) << text;
    EXPECT_NE(text.find("/vm/2  2     cd,usb  not by URL  empty\n"), std::string::npos) << text;
    EXPECT_NE(text.find("Boot devices  cdrom, disk\n"), std::string::npos) << text;
}

TEST(ProbeReport, SaysWhyThereIsNoBootSlot) {
    auto found = probed();
    found.slots.erase(found.slots.begin());
    EXPECT_NE(render_probe(found).find("no virtual-media slot of the BMC can boot"), std::string::npos);
    const auto json = probe_to_json(found);
    EXPECT_TRUE(json["boot_slot"].is_null());
    EXPECT_TRUE(json["boot_slot_problem"].is_string());
    EXPECT_EQ(probe_to_json(probed())["boot_slot"], "/vm/1");
}

}  // namespace
}  // namespace isolde::bmc

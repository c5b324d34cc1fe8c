// SPDX-License-Identifier: Apache-2.0
// What manifests say, and the service's answer around them: rightly signed, and yet refused.
#include "attest/nvidia/rim_service.h"
#include "tee/rim_fixture.h"

namespace aipg::tee {
namespace {

using namespace rim_tests;  // NOLINT(google-build-using-namespace): the fixture of these files alone

// --- content ----------------------------------------------------------------------------

TEST(Rim, RefusesAnotherRoot) {
  const auto other_root = [](std::string& body) {
    replace("<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\"",
            "<SoftwareIdentity xmlns=\"http://standards.iso.org/iso/19770/-2/2009/schema.xsd\"")(body);
  };
  EXPECT_THAT(with_body(other_root), ElementsAre("rim_root"));
  EXPECT_THAT(with_body(before("    <ns0:Payload", "<ns0:Link/>")), ElementsAre("rim_root"));
  EXPECT_THAT(with_body(before("    <ns0:Payload", "text")), ElementsAre("rim_root"));
}

TEST(Rim, RefusesAnotherMeta) {
  for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
           {"ns0:Meta", "ns0:Mete"},
           {" colloquialVersion=\"570.124.06\"", ""},
           {"570.124.06", ""},
           {"570.124.06", "../570"},
           {"570.124.06", std::string(33, '1')},
           {"product=\"GH100\"", "product=\"gh100\""},
           {"product=\"GH100\"", ""},
           {"edition=\"GPU\"", "edition=\"CPU\""},
           {"PayloadType=\"direct\"", "PayloadType=\"indirect\""},
           {"FirmwareManufacturerId=\"5703\"", "FirmwareManufacturerId=\"5704\""},
           {"ns1:FirmwareManufacturerId", "FirmwareManufacturerId"}}) {
    if (what == "ns0:Meta") {
      EXPECT_THAT(with_body(replace("<ns0:Meta", "<ns0:Entity")), ElementsAre("rim_meta"));
      continue;
    }
    EXPECT_THAT(with_body(replace(what, with)), ElementsAre("rim_meta")) << with;
  }
  EXPECT_THAT(with_body(before("    <ns0:Payload", "<ns0:Meta/>")), ElementsAre("rim_meta"));
  EXPECT_THAT(with_body(replace("Id=\"5703\"/>\n    <ns0:Pay", "Id=\"5703\">x</ns0:Meta>\n    <ns0:Pay")),
              ElementsAre("rim_meta"));
}

TEST(Rim, RefusesAnotherPayload) {
  RimContent none = kDriver;
  none.values.clear();
  EXPECT_THAT(refused(make_rim(none, pki())), ElementsAre("rim_payload"));
  RimContent inactive = kDriver;
  for (GoldenValue& value : inactive.values) value.active = false;
  EXPECT_THAT(refused(make_rim(inactive, pki())), ElementsAre("rim_payload"));
  EXPECT_THAT(with_body(before("</SoftwareIdentity>", "<ns0:Payload/>")), ElementsAre("rim_payload"));
  EXPECT_THAT(with_body(before("</ns0:Payload>", "<ns0:Other/>")), ElementsAre("rim_payload"));
  EXPECT_THAT(with_body(before("</ns0:Payload>", "text")), ElementsAre("rim_payload"));
  EXPECT_THAT(with_body([](std::string& body) {
                const std::size_t at = body.find("    <ns0:Payload");
                body.erase(at, body.find("</SoftwareIdentity>") - at);
              }),
              ElementsAre("rim_payload"));
  EXPECT_THAT(with_body(replace("size=\"48\"/>", "size=\"48\">x</ns0:Resource>")), ElementsAre("rim_payload"));
}

TEST(Rim, RefusesAnotherResource) {
  for (const auto& [what, with] :
       std::vector<std::pair<std::string, std::string>>{{"type=\"Measurement\"", "type=\"Other\""},
                                                        {"type=\"Measurement\"", ""},
                                                        {"index=\"0\"", "index=\"64\""},
                                                        {"index=\"0\"", "index=\"00\""},
                                                        {"index=\"0\"", "index=\"-1\""},
                                                        {"index=\"0\"", "index=\"\""},
                                                        {"index=\"0\"", "index=\"1\""},
                                                        {" index=\"0\"", ""},
                                                        {"active=\"False\"", "active=\"false\""},
                                                        {"active=\"False\"", ""},
                                                        {"alternatives=\"1\"", "alternatives=\"0\""},
                                                        {"alternatives=\"1\"", "alternatives=\"65\""},
                                                        {"alternatives=\"1\"", "alternatives=\"xyz\""},
                                                        {"alternatives=\"1\"", ""},
                                                        {"name=\"Measurement_0\"", ""},
                                                        {"size=\"48\"", "size=\"32\""},
                                                        {"size=\"48\"", ""}}) {
    EXPECT_THAT(with_body(replace(what, with)), ElementsAre("rim_resource")) << what << " → " << with;
  }
}

TEST(Rim, RefusesOtherHashes) {
  const std::string zeros(96, '0');
  for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
           {"ns2:Hash0", "Hash0"},
           {"ns2:Hash0", "ns0:Hash0"},
           {"ns2:Hash0", "ns2:Hash1"},
           {"ns2:Hash0", "ns2:hash0"},
           {"ns2:Hash0=\"" + zeros + "\"", ""},
           {"alternatives=\"1\"", "alternatives=\"2\""},
           {"ns2:Hash0=\"" + zeros + "\"", "ns2:Hash0=\"" + zeros + "\" ns2:Hash1=\"" + zeros + "\""},
           {"ns2:Hash0=\"" + zeros + "\"", "ns2:Hash0=\"" + zeros + "\" other=\"\""},
           {zeros, zeros + "00"},
           {zeros, std::string(64, '0')},
           {zeros, "g" + zeros.substr(1)},
           {zeros, ""}}) {
    EXPECT_THAT(with_body(replace(what, with)), ElementsAre("rim_hash")) << what << " → " << with;
  }
}

// --- the service's answer ----------------------------------------------------------------

std::string answer_refused(const std::string& json, std::string_view id = "NV_X") {
  const auto rim = attest::nvidia::parse_rim_answer(json, id);
  return rim ? "accepted" : std::string(rim.error().code.view());
}

TEST(RimAnswer, YieldsTheManifestsBytes) {
  const auto rim = attest::nvidia::parse_rim_answer(make_rim_answer("NV_X", "<a/>"), "NV_X");
  ASSERT_TRUE(rim);
  EXPECT_EQ(as_text(*rim), "<a/>");
}

TEST(RimAnswer, TakesTheFieldsThatTheServiceAdds) {
  std::string json = make_rim_answer("NV_X", "<a/>");
  before("\"sha256\"", R"("last_updated":"2026","rim_format":"TEXT","request_id":"1",)")(json);
  EXPECT_EQ(answer_refused(json), "accepted");
}

TEST(RimAnswer, RefusesOneThatIsNotWhatWasAskedFor) {
  const std::string good = make_rim_answer("NV_X", "<a/>");
  const auto edited = [&good](const std::string& what, const std::string& with) {
    std::string json = good;
    replace(what, with)(json);
    return answer_refused(json);
  };
  EXPECT_EQ(answer_refused(good, "NV_Y"), "rim_service_id");
  EXPECT_EQ(edited("\"sha256\":\"", "\"sha256\":\"00"), "rim_service_sha256");
  EXPECT_EQ(edited("\"rim\":\"", "\"rim\":\"!"), "rim_service_rim");
  EXPECT_EQ(edited("\"rim\":\"", "\"rim\":\"AAAA"), "rim_service_sha256");
  EXPECT_EQ(edited("\"sha256\"", "\"rim_format\":\"CORIM\",\"sha256\""), "rim_service_format");
  EXPECT_EQ(edited("\"sha256\"", "\"other\":1,\"sha256\""), "json_unknown_field");
  EXPECT_EQ(edited("\"id\"", "\"it\""), "json_missing_field");
  EXPECT_EQ(answer_refused(good + "x"), "json_invalid");
}

}  // namespace
}  // namespace aipg::tee

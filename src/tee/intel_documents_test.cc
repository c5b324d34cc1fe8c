// SPDX-License-Identifier: Apache-2.0
// The readers of TCB info and QE identity: every member typed and in range,
// nothing unknown, levels in Intel's order.
#include <gtest/gtest.h>

#include "tee/test_intel.h"

namespace aipg::tee {
namespace {

namespace tdx = attest::tdx;

class IntelDocuments : public testing::Test {
 protected:
  // A good document's object with one place of it replaced.
  std::string tcb_info(std::string_view from, std::string_view to) const {
    return refusal_of_tcb_info(replaced(tcb_info_text(content_.tcb_info), from, to));
  }
  std::string tcb_info() const { return refusal_of_tcb_info(tcb_info_text(content_.tcb_info)); }
  std::string qe_identity(std::string_view from, std::string_view to) const {
    return refusal_of_qe_identity(replaced(qe_identity_text(content_.qe_identity), from, to));
  }
  std::string qe_identity() const { return refusal_of_qe_identity(qe_identity_text(content_.qe_identity)); }

  static std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  static std::string whole(std::string_view name, std::string_view object) {
    return "{\"" + std::string(name) + "\":" + std::string(object) + ",\"signature\":\"" + std::string(128, 'a') +
           "\"}";
  }
  template <typename T>
  static std::string outcome(const Result<T>& read, Literal code) {
    if (read) return "accepted";
    EXPECT_EQ(read.error().code, code);
    return "refused";
  }
  static std::string refusal_of_tcb_info(std::string_view object) {
    return outcome(tdx::parse_tcb_info(as_bytes(whole("tcbInfo", object))), "tcb_info_invalid");
  }
  static std::string refusal_of_qe_identity(std::string_view object) {
    return outcome(tdx::parse_qe_identity(as_bytes(whole("enclaveIdentity", object))), "qe_identity_invalid");
  }

  CollateralContent content_ = good_collateral(*parse_instant("2026-11-22T12:00:00Z"));
};

TEST_F(IntelDocuments, ReadEveryField) {
  content_.tcb_info.levels[0].said.advisories = {"INTEL-SA-00615"};
  const std::string object = tcb_info_text(content_.tcb_info), document = whole("tcbInfo", object);
  const auto info = tdx::parse_tcb_info(as_bytes(document));
  ASSERT_TRUE(info) << info.error().where.view();
  EXPECT_EQ(info->tee, tdx::Tee::tdx);
  EXPECT_EQ(to_text(info->window.issue_date), "2026-11-22T11:00:00Z");
  EXPECT_EQ(to_text(info->window.next_update), "2026-12-22T12:00:00Z");
  EXPECT_EQ(info->fmspc, kFmspc);
  EXPECT_EQ(info->evaluation_data_number, 18U);
  ASSERT_EQ(info->module_identities.size(), 1U);
  EXPECT_EQ(info->module_identities[0].major, 1);
  EXPECT_EQ(info->module_identities[0].levels[1].isv_svn, 2);
  ASSERT_EQ(info->levels.size(), 2U);
  EXPECT_EQ(info->levels[0].sgx_components[15], 1);
  EXPECT_EQ(info->levels[0].tdx_components[2], 2);
  EXPECT_EQ(info->levels[1].pce_svn, 5);
  EXPECT_EQ(info->levels[0].verdict.advisories, std::vector<std::string>{"INTEL-SA-00615"});
  EXPECT_EQ(as_text(info->signed_part), object);
  EXPECT_EQ(info->signature[63], 0xaa);

  const std::string identity_document = whole("enclaveIdentity", qe_identity_text(content_.qe_identity));
  const auto identity = tdx::parse_qe_identity(as_bytes(identity_document));
  ASSERT_TRUE(identity) << identity.error().where.view();
  EXPECT_EQ(identity->attributes[0], 0x11);
  EXPECT_EQ(identity->attributes_mask[0], 0xfb);
  EXPECT_EQ(identity->isv_prod_id, 2);
  EXPECT_EQ(identity->levels[0].isv_svn, 4);
}

TEST_F(IntelDocuments, TakeTheLabelsThatIntelWritesBesideComponents) {
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":1,\"category\":\"BIOS\",\"type\":\"Early Microcode Update\"}"),
            "accepted");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":1,\"kind\":\"BIOS\"}"), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":1,\"type\":1}"), "refused");
}

TEST_F(IntelDocuments, DoWithoutModuleIdentitiesAsOlderOnesDo) {
  content_.tcb_info.module_identities.clear();
  EXPECT_EQ(tcb_info(), "accepted");
}

TEST_F(IntelDocuments, RefuseAMissingMember) {
  for (const char* name : {"id",
                           "version",
                           "issueDate",
                           "nextUpdate",
                           "fmspc",
                           "pceId",
                           "tcbType",
                           "tcbEvaluationDataNumber",
                           "tdxModule",
                           "tcbLevels",
                           "mrsigner",
                           "attributes",
                           "attributesMask",
                           "isvsvn",
                           "sgxtcbcomponents",
                           "pcesvn",
                           "tdxtcbcomponents",
                           "svn",
                           "tcbDate",
                           "tcbStatus"}) {
    const std::string quoted = "\"" + std::string(name) + "\"";
    EXPECT_EQ(tcb_info(quoted, "\"x\""), "refused") << name;
  }
  for (const char* name : {"id", "version", "issueDate", "nextUpdate", "tcbEvaluationDataNumber", "miscselect",
                           "miscselectMask", "attributes", "attributesMask", "mrsigner", "isvprodid", "tcbLevels",
                           "tcb", "isvsvn", "tcbDate", "tcbStatus"}) {
    const std::string quoted = "\"" + std::string(name) + "\"";
    EXPECT_EQ(qe_identity(quoted, "\"x\""), "refused") << name;
  }
}

TEST_F(IntelDocuments, RefuseAnUnknownMember) {
  content_.tcb_info.extra = ",\"x\":1";
  EXPECT_EQ(tcb_info(), "refused");
  content_.qe_identity.extra = ",\"x\":1";
  EXPECT_EQ(qe_identity(), "refused");
  content_ = good_collateral(*parse_instant("2026-11-22T12:00:00Z"));
  EXPECT_EQ(tcb_info("\"pcesvn\":11", "\"pcesvn\":11,\"x\":1"), "refused");
  EXPECT_EQ(tcb_info("\"tcbStatus\":", "\"x\":1,\"tcbStatus\":"), "refused");
  EXPECT_EQ(tcb_info("\"mrsigner\":", "\"x\":1,\"mrsigner\":"), "refused");
  EXPECT_EQ(qe_identity("\"isvsvn\":4", "\"isvsvn\":4,\"x\":1"), "refused");
}

TEST_F(IntelDocuments, RefuseARepeatedMember) {
  EXPECT_EQ(tcb_info("\"id\":\"TDX\"", "\"id\":\"TDX\",\"id\":\"TDX\""), "refused");
  EXPECT_EQ(qe_identity("\"id\":\"TD_QE\"", "\"id\":\"TD_QE\",\"id\":\"TD_QE\""), "refused");
}

TEST_F(IntelDocuments, RefuseOtherVersionsAndKinds) {
  for (const char* id : {"\"TDX2\"", "\"tdx\"", "\"\"", "1"}) EXPECT_EQ(tcb_info("\"TDX\"", id), "refused") << id;
  for (const char* id : {"\"TDQE\"", "\"QVE\"", "\"\"", "1"}) EXPECT_EQ(qe_identity("\"TD_QE\"", id), "refused") << id;
  EXPECT_EQ(tcb_info("\"version\":3", "\"version\":2"), "refused");
  EXPECT_EQ(tcb_info("\"version\":3", "\"version\":4"), "refused");
  EXPECT_EQ(tcb_info("\"tcbType\":0", "\"tcbType\":1"), "refused");
  EXPECT_EQ(qe_identity("\"version\":2", "\"version\":1"), "refused");
  EXPECT_EQ(qe_identity("\"version\":2", "\"version\":3"), "refused");
}

TEST_F(IntelDocuments, RefuseTdxMembersInOneForSgx) {
  content_ = good_sgx_collateral(*parse_instant("2026-11-22T12:00:00Z"));
  EXPECT_EQ(tcb_info(), "accepted");
  EXPECT_EQ(tcb_info("\"pcesvn\":11", "\"pcesvn\":11,\"tdxtcbcomponents\":[]"), "refused");
  content_.tcb_info.module = SimulatedModule();
  EXPECT_EQ(tcb_info(), "refused");
}

TEST_F(IntelDocuments, RefuseValuesOutOfRange) {
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":256}"), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":-1}"), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":1.0}"), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":\"1\"}"), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1},", ""), "refused");
  EXPECT_EQ(tcb_info("{\"svn\":1}", "{\"svn\":1},{\"svn\":1}"), "refused");
  EXPECT_EQ(tcb_info("\"pcesvn\":11", "\"pcesvn\":65536"), "refused");
  EXPECT_EQ(tcb_info("\"tcbEvaluationDataNumber\":18", "\"tcbEvaluationDataNumber\":4294967296"), "refused");
  EXPECT_EQ(qe_identity("\"isvsvn\":4", "\"isvsvn\":65536"), "refused");
  EXPECT_EQ(qe_identity("\"isvprodid\":2", "\"isvprodid\":65536"), "refused");
}

TEST_F(IntelDocuments, RefuseHexadecimalOfAnotherLengthOrNone) {
  EXPECT_EQ(tcb_info("53494D544458", "53494d544458"), "accepted");
  for (const char* fmspc : {"53494D5444", "53494D54445858", "53494D54445G", "53494D54445"}) {
    EXPECT_EQ(tcb_info("53494D544458", fmspc), "refused") << fmspc;
  }
  EXPECT_EQ(tcb_info("\"pceId\":\"0000\"", "\"pceId\":\"00\""), "refused");
  for (const char* name : {"mrsigner", "attributes", "attributesMask"}) {
    EXPECT_EQ(tcb_info("\"" + std::string(name) + "\":\"", "\"" + std::string(name) + "\":\"00"), "refused") << name;
  }
  for (const char* name : {"miscselect", "miscselectMask", "attributes", "attributesMask", "mrsigner"}) {
    EXPECT_EQ(qe_identity("\"" + std::string(name) + "\":\"", "\"" + std::string(name) + "\":\"00"), "refused") << name;
  }
}

TEST_F(IntelDocuments, RefuseDatesThatAreNone) {
  EXPECT_EQ(tcb_info("2026-11-22T11:00:00Z", "2026-11-22 11:00:00"), "refused");
  EXPECT_EQ(tcb_info("2026-11-22T11:00:00Z", "2026-12-23T11:00:00Z"), "refused");  // after nextUpdate
  EXPECT_EQ(tcb_info("2026-08-13T00:00:00Z", "2026-13-13T00:00:00Z"), "refused");
  EXPECT_EQ(qe_identity("2026-11-22T11:00:00Z", "2026-12-23T11:00:00Z"), "refused");
}

TEST_F(IntelDocuments, RefuseStatusesThatIntelDoesNotGive) {
  for (const char* status : {"uptodate", "UpToDate ", "", "TDRelaunchAdvised", "NotSupported", "Unknown"}) {
    content_.tcb_info.levels[0].said.status = status;
    EXPECT_EQ(tcb_info(), "refused") << status;
  }
  content_ = good_collateral(*parse_instant("2026-11-22T12:00:00Z"));
  for (const char* status : {"SWHardeningNeeded", "ConfigurationNeeded", "OutOfDateConfigurationNeeded", "?"}) {
    content_.qe_identity.levels[0].said.status = status;
    EXPECT_EQ(qe_identity(), "refused") << status;
    content_.tcb_info.module_identities[0].levels[0].said.status = status;
    EXPECT_EQ(tcb_info(), "refused") << status;
  }
}

TEST_F(IntelDocuments, RefuseAdvisoriesOfOtherCharacters) {
  for (const char* advisory : {"", "INTEL SA", "intel-sa-1", "\x1b[2J"}) {
    content_.tcb_info.levels[0].said.advisories = {advisory};
    EXPECT_EQ(tcb_info(), "refused") << advisory;
  }
}

TEST_F(IntelDocuments, RefuseLevelsOutOfIntelsOrder) {
  std::vector<SimulatedTcbLevel>& levels = content_.tcb_info.levels;
  std::swap(levels[0], levels[1]);
  EXPECT_EQ(tcb_info(), "refused");
  std::swap(levels[0], levels[1]);
  levels[1] = levels[0];
  EXPECT_EQ(tcb_info(), "refused");  // the same level twice
  levels[1].tdx[2] = 1;
  EXPECT_EQ(tcb_info(), "accepted");
  levels[1].pce_svn = 12;
  EXPECT_EQ(tcb_info(), "refused");
  levels[1].sgx[15] = 0;
  EXPECT_EQ(tcb_info(), "accepted");
  std::ranges::reverse(content_.qe_identity.levels);
  EXPECT_EQ(qe_identity(), "refused");
  content_.qe_identity.levels[1] = content_.qe_identity.levels[0];
  EXPECT_EQ(qe_identity(), "refused");
  std::ranges::reverse(content_.tcb_info.module_identities[0].levels);
  EXPECT_EQ(tcb_info(), "refused");
}

TEST_F(IntelDocuments, RefuseNoLevels) {
  content_.tcb_info.levels.clear();
  EXPECT_EQ(tcb_info(), "refused");
  content_.qe_identity.levels.clear();
  EXPECT_EQ(qe_identity(), "refused");
}

TEST_F(IntelDocuments, RefuseModuleNamesThatAreNoneOrTwice) {
  SimulatedModule& module = content_.tcb_info.module_identities[0];
  for (const char* id : {"TDX_1", "TDX_001", "TDX_0a", "TDX_GG", "tdx_01", "QE_01", ""}) {
    module.id = id;
    EXPECT_EQ(tcb_info(), "refused") << id;
  }
  module.id = "TDX_0A";
  EXPECT_EQ(tcb_info(), "accepted");
  content_.tcb_info.module_identities.push_back(module);
  EXPECT_EQ(tcb_info(), "refused");
}

TEST_F(IntelDocuments, RefuseAWrapperThatIsNotTheirs) {
  const std::string object = tcb_info_text(content_.tcb_info);
  const auto refused = [](const std::string& text) {
    return outcome(tdx::parse_tcb_info(as_bytes(text)), "tcb_info_invalid") == "refused";
  };
  EXPECT_TRUE(refused(object));
  EXPECT_TRUE(refused("{\"tcbInfo\":" + object + "}"));
  EXPECT_TRUE(refused("{\"tcbInfo\":" + object + ",\"signature\":\"" + std::string(126, 'a') + "\"}"));
  EXPECT_TRUE(refused("{\"tcbInfo\":" + object + ",\"signature\":\"" + std::string(130, 'a') + "\"}"));
  EXPECT_TRUE(refused("{\"tcbInfo\":" + object + ",\"signature\":\"" + std::string(128, 'z') + "\"}"));
  EXPECT_TRUE(refused("{\"tcbInfo\":" + object + ",\"x\":1,\"signature\":\"" + std::string(128, 'a') + "\"}"));
  EXPECT_TRUE(refused(whole("enclaveIdentity", object)));
  EXPECT_TRUE(refused(whole("tcbInfo", object) + "x"));
  EXPECT_FALSE(refused(whole("tcbInfo", object)));
  EXPECT_TRUE(refused(whole("tcbInfo", object) + std::string(tdx::kMaxTcbInfoBytes, ' ')));
}

}  // namespace
}  // namespace aipg::tee

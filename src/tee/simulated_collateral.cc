// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_collateral.h"

#include "base/hex.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "tee/simulated_names.h"

namespace aipg::tee {
namespace {

using codec::json::quote;

constexpr milliseconds kHour{3600 * 1000}, kDay = 24 * kHour;

std::string member(std::string_view name, std::string_view text) { return quote(name) + ":" + std::string(text); }
std::string text_member(std::string_view name, std::string_view text) { return member(name, quote(text)); }
std::string number_member(std::string_view name, unsigned value) { return member(name, std::to_string(value)); }

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return out;
}
std::string object(const std::vector<std::string>& members) { return "{" + joined(members) + "}"; }

template <typename T, typename Write>
std::string list(const std::vector<T>& values, Write write) {
  std::vector<std::string> parts;
  for (const T& value : values) parts.push_back(write(value));
  return "[" + joined(parts) + "]";
}

// What stands behind a level's `tcb`.
std::vector<std::string> with_status(std::string tcb, const SimulatedStatus& said) {
  std::vector<std::string> out{member("tcb", tcb), text_member("tcbDate", said.date),
                               text_member("tcbStatus", said.status)};
  if (!said.advisories.empty()) {
    out.push_back(member("advisoryIDs", list(said.advisories, [](const std::string& id) { return quote(id); })));
  }
  return out;
}

std::string isv_level(const SimulatedIsvLevel& level) {
  return object(with_status(object({number_member("isvsvn", level.isv_svn)}), level.said));
}

std::string components(const std::vector<unsigned>& svns) {
  return list(svns, [](unsigned svn) { return object({number_member("svn", svn)}); });
}

std::string tcb_level(const SimulatedTcbLevel& level, bool tdx) {
  std::vector<std::string> tcb{member("sgxtcbcomponents", components(level.sgx)),
                               number_member("pcesvn", level.pce_svn)};
  if (tdx) tcb.push_back(member("tdxtcbcomponents", components(level.tdx)));
  return object(with_status(object(tcb), level.said));
}

std::vector<std::string> module_members(const SimulatedModule& module) {
  return {text_member("mrsigner", module.mrsigner), text_member("attributes", module.attributes),
          text_member("attributesMask", module.mask)};
}

std::string module_identity(const SimulatedModule& module) {
  std::vector<std::string> members = module_members(module);
  members.insert(members.begin(), text_member("id", module.id));
  members.push_back(member("tcbLevels", list(module.levels, isv_level)));
  return object(members);
}

std::string upper_hex(ByteView bytes) {
  std::string out = to_hex(bytes);
  std::ranges::transform(out, out.begin(), [](char c) { return 'a' <= c && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return out;
}

QeIdentityContent good_qe_identity(Instant now) {
  QeIdentityContent out;
  out.issue_date = now - kHour;
  out.next_update = now + 30 * kDay;
  out.mrsigner = upper_hex(ByteView(simulated_measurement("QE MRSIGNER")).first(32));
  out.levels = {{.isv_svn = 4, .said = {}},
                {.isv_svn = 2, .said = {"2023-02-15T00:00:00Z", "OutOfDate", {"SIMULATED-SA-00002"}}}};
  return out;
}

TcbInfoContent good_tcb_info(Instant now) {
  TcbInfoContent out;
  out.issue_date = now - kHour;
  out.next_update = now + 30 * kDay;
  out.fmspc = upper_hex(kFmspc);
  SimulatedModule module;
  module.id = "TDX_01";
  module.levels = {{.isv_svn = 5, .said = {}},
                   {.isv_svn = 2, .said = {"2023-08-09T00:00:00Z", "OutOfDate", {"SIMULATED-SA-00003"}}}};
  out.module_identities = {module};
  SimulatedTcbLevel old;
  old.sgx.assign(16, 0);
  old.pce_svn = 5;
  old.said = {"2018-01-04T00:00:00Z", "OutOfDate", {"SIMULATED-SA-00001"}};
  out.levels = {{}, old};
  return out;
}

crypto::CrlTemplate list_until(Instant now, Instant next_update) {
  crypto::CrlTemplate out;
  out.this_update = now - kHour;
  out.next_update = next_update;
  return out;
}

std::string pem(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return out;
}

// The object and the signature of a signed document whose object has this name.
std::pair<std::string, std::string> parts_of(ByteView document, std::string_view name) {
  const auto parsed = codec::json::parse(as_text(document));
  const codec::json::Value root = parsed->root();
  return {std::string(root.find(name)->raw()), *root.find("signature")->string()};
}

}  // namespace

CollateralContent good_collateral(Instant now) {
  return {.tcb_info = good_tcb_info(now),
          .qe_identity = good_qe_identity(now),
          .root_crl = list_until(now, now + 365 * kDay),
          .pck_crl = list_until(now, now + 30 * kDay)};
}

CollateralContent good_sgx_collateral(Instant now) {
  CollateralContent out = good_collateral(now);
  out.tcb_info.id = "SGX";
  out.tcb_info.module.reset();
  out.tcb_info.module_identities.clear();
  out.qe_identity.id = "QE";
  return out;
}

std::string tcb_info_text(const TcbInfoContent& content) {
  const bool tdx = content.id == "TDX";
  std::vector<std::string> members{text_member("id", content.id),
                                   number_member("version", content.version),
                                   text_member("issueDate", to_text(content.issue_date)),
                                   text_member("nextUpdate", to_text(content.next_update)),
                                   text_member("fmspc", content.fmspc),
                                   text_member("pceId", content.pce_id),
                                   number_member("tcbType", content.tcb_type),
                                   number_member("tcbEvaluationDataNumber", content.evaluation_data_number)};
  if (content.module) members.push_back(member("tdxModule", object(module_members(*content.module))));
  if (!content.module_identities.empty()) {
    members.push_back(member("tdxModuleIdentities", list(content.module_identities, module_identity)));
  }
  const auto level = [tdx](const SimulatedTcbLevel& each) { return tcb_level(each, tdx); };
  members.push_back(member("tcbLevels", list(content.levels, level)));
  return "{" + joined(members) + content.extra + "}";
}

std::string qe_identity_text(const QeIdentityContent& content) {
  const std::vector<std::string> members{text_member("id", content.id),
                                         number_member("version", content.version),
                                         text_member("issueDate", to_text(content.issue_date)),
                                         text_member("nextUpdate", to_text(content.next_update)),
                                         number_member("tcbEvaluationDataNumber", content.evaluation_data_number),
                                         text_member("miscselect", content.misc_select),
                                         text_member("miscselectMask", content.misc_select_mask),
                                         text_member("attributes", content.attributes),
                                         text_member("attributesMask", content.attributes_mask),
                                         text_member("mrsigner", content.mrsigner),
                                         number_member("isvprodid", content.isv_prod_id),
                                         member("tcbLevels", list(content.levels, isv_level))};
  return "{" + joined(members) + content.extra + "}";
}

Bytes signed_document(std::string_view name, std::string_view object_text, const crypto::EcPrivateKey& key) {
  const std::string signature = to_hex(key.sign(as_bytes(object_text)));
  return to_bytes(object({member(name, object_text), text_member("signature", signature)}));
}

attest::tdx::Collateral make_collateral(const CollateralContent& content, const SimulatedIntelKeys& keys) {
  attest::tdx::Collateral out;
  out.tcb_info = signed_document("tcbInfo", tcb_info_text(content.tcb_info), keys.tcb_signing);
  out.qe_identity = signed_document("enclaveIdentity", qe_identity_text(content.qe_identity), keys.tcb_signing);
  out.tcb_signing_chain = keys.tcb_signing_chain;
  out.qe_identity_signing_chain = keys.tcb_signing_chain;
  out.root_crl = crypto::issue_crl(content.root_crl, std::string(kIntelRootName), keys.root);
  out.pck_crl = crypto::issue_crl(content.pck_crl, std::string(kPlatformCaName), keys.platform_ca);
  return out;
}

std::string combined_json(const attest::tdx::Collateral& collateral) {
  const auto [tcb_info, tcb_info_signature] = parts_of(collateral.tcb_info, "tcbInfo");
  const auto [qe_identity, qe_identity_signature] = parts_of(collateral.qe_identity, "enclaveIdentity");
  return object({text_member("pck_crl_issuer_chain", pem(collateral.pck_crl_issuer_chain)),
                 text_member("root_ca_crl", to_hex(collateral.root_crl)),
                 text_member("pck_crl", to_hex(collateral.pck_crl)),
                 text_member("tcb_info_issuer_chain", pem(collateral.tcb_signing_chain)),
                 text_member("tcb_info", tcb_info), text_member("tcb_info_signature", tcb_info_signature),
                 text_member("qe_identity_issuer_chain", pem(collateral.qe_identity_signing_chain)),
                 text_member("qe_identity", qe_identity), text_member("qe_identity_signature", qe_identity_signature)});
}

}  // namespace aipg::tee
